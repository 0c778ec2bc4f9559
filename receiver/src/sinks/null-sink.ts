import { SampleClock } from './sample-clock.ts';
import type { Sink } from './sink.ts';

/** Takes sound at the right pace and throws it away. */
export function createNullSink(): Sink {
  const clock = new SampleClock();
  return {
    name: 'null',
    pollIntervalMs: 20,
    demand: (nowMs) => clock.demand(nowMs),
    write(samples) {
      clock.take(samples.length);
      return true;
    },
    problem: () => null,
    close: () => Promise.resolve(),
  };
}

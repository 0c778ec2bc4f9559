import { SampleClock } from '../../receiver/src/sinks/sample-clock.ts';
import type { Sink } from '../../receiver/src/sinks/sink.ts';

const LOUD = 0.2;
/** A click is over when it has been quiet for this long. */
const REFRACTORY_MS = 150;

export const localNow = (): number => performance.timeOrigin + performance.now();

/** A sink with the clock of a sound card that notes when clicks leave it, in this process's time (ms). */
export function createListeningSink(): Sink & { readonly clicks: readonly number[] } {
  const clock = new SampleClock();
  const clicks: number[] = [];
  let blockAtMs = 0;
  let loudAtMs = Number.NEGATIVE_INFINITY;
  return {
    name: 'bench',
    clicks,
    pollIntervalMs: 5,
    demand(nowMs) {
      const demand = clock.demand(nowMs);
      blockAtMs = demand.heardAtMs;
      return demand;
    },
    write(samples) {
      const writtenAtMs = localNow();
      for (let i = 0; i < samples.length; i++) {
        if (Math.abs(samples[i] ?? 0) < LOUD) continue;
        // A sample cannot be heard before it was handed over.
        const atMs = Math.max(writtenAtMs, blockAtMs + i / 48);
        if (atMs - loudAtMs > REFRACTORY_MS) clicks.push(atMs);
        loudAtMs = atMs;
      }
      clock.take(samples.length);
      blockAtMs += samples.length / 48;
      return true;
    },
    problem: () => null,
    close: () => Promise.resolve(),
  };
}

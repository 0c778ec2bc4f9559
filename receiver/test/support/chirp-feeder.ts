import { localNow } from '../../src/session/server-clock.ts';
import type { Sink } from '../../src/sinks/sink.ts';
import { makeChirp } from './chirps.ts';

const CHIRP = makeChirp().map((value) => value / 2);

/** Feeds the sink, with a chirp at every `everySamples`th sample that it takes; own times at which they were said to be heard. */
export function feeder(target: Sink, everySamples: number) {
  const said: number[] = [];
  let taken = 0;
  return {
    said,
    turn(): boolean {
      const { frames, heardAtMs } = target.demand(localNow());
      const block = new Float32Array(frames);
      for (let index = 0; index < frames; index += 1) {
        const place = (taken + index) % everySamples;
        block[index] = CHIRP[place] ?? 0;
        if (place === 0) said.push(heardAtMs + index / 48);
      }
      const wasTaken = target.write(block, 0);
      if (wasTaken) taken += frames;
      else said.length = 0;
      return wasTaken;
    },
  };
}

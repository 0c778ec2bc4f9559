import type { TraceEvent } from '@loa/shared/playout/trace-text';
import type { Pilot } from '@loa/shared/protocol/pilot';
import type { ClockSample } from '@loa/shared/timing/clock-offset';
import { localNow, ServerClock } from '../session/server-clock.ts';

/** A clock that also notes everything that it is told. */
export class TracedClock extends ServerClock {
  readonly #note: (event: TraceEvent) => void;
  readonly #now: () => number;

  /** `now`: own time in ms. */
  constructor(note: (event: TraceEvent) => void, now: () => number = localNow) {
    super(now);
    this.#note = note;
    this.#now = now;
  }

  override follow(doorUrl: string): void {
    this.#note({ kind: 'door', url: doorUrl });
    super.follow(doorUrl);
  }

  override guess(serverTimeMs: number): void {
    this.#note({ kind: 'guess', atMs: this.#now(), serverTimeMs });
    super.guess(serverTimeMs);
  }

  override note(sample: ClockSample): number {
    this.#note({ kind: 'answer', sample });
    return super.note(sample);
  }

  override notePilot(pilot: Pick<Pilot, 'run' | 'clock' | 'serverTimeMs'>, arrivedMs: number): void {
    this.#note({ kind: 'pilot', atMs: arrivedMs, pilot });
    super.notePilot(pilot, arrivedMs);
  }
}

import type { ClockDistance } from '@loa/shared/timing/clock-distance';
import {
  type ClockSample,
  type ClockState,
  errorAt,
  NO_CLOCK,
  noteClockSample,
  offsetAt,
  probePauseMs,
} from '@loa/shared/timing/clock-offset';

/**
 * A door reads the clock of its pump every five seconds, in between it may move by 2.5 ms (TL8: `MAX_SLEW_PPM`); two doors take part in
 * each comparison.
 */
const READ_ERROR_MS = 5;

/** Own time that never jumps, ms since the Unix epoch at the start of this process. */
const localNow = () => performance.timeOrigin + performance.now();

/** The clock of one other node, asked again and again while its door is connected (ND40). */
export interface PeerClock {
  /** From now on the other door can be asked. */
  start(): void;
  /** It cannot any more: what was measured is forgotten. */
  stop(): void;
  /** Null: not known (yet). */
  distance(): ClockDistance | null;
}

/**
 * @param ask the server time of the other node, in ms; `null` when it does not know it at the moment, `unasked` when its door does not
 * know the question.
 * @param serverNow the own server time in ms.
 */
export function createPeerClock(ask: () => Promise<number | null | 'unasked'>, serverNow: () => number): PeerClock {
  let state: ClockState = NO_CLOCK;
  let timer: NodeJS.Timeout | undefined;
  /** Counts starts and stops: an answer of before says nothing. */
  let turn = 0;

  const probe = async (count: number, ofTurn: number): Promise<void> => {
    const sentAtMs = localNow();
    const serverTimeMs = await ask().catch(() => null);
    if (ofTurn !== turn || serverTimeMs === 'unasked') return;
    if (serverTimeMs !== null) {
      const sample: ClockSample = { sentAtMs, serverTimeMs, receivedAtMs: localNow() };
      state = noteClockSample(state, sample).state;
    }
    const pauseMs = probePauseMs(count, state.estimate?.jitterMs ?? 0);
    timer = setTimeout(() => void probe(count + 1, ofTurn), pauseMs);
  };
  const stop = () => {
    turn += 1;
    clearTimeout(timer);
    state = NO_CLOCK;
  };

  return {
    start() {
      stop();
      void probe(1, turn);
    },
    stop,
    distance() {
      const { estimate } = state;
      if (!estimate) return null;
      const now = localNow();
      const ownOffsetMs = serverNow() - now;
      return { offsetMs: offsetAt(estimate, now) - ownOffsetMs, errorMs: errorAt(estimate, now) + READ_ERROR_MS };
    },
  };
}

import { beginHeartbeat, type HeartbeatLimits, isHung, lookAtHeartbeat } from '@loa/shared/timing/heartbeat';
import type { LinkClient } from '../link/link-client.ts';

/**
 * The pump's loop answers within some milliseconds, and within a tenth of a second on its worst day. Six looks without an answer are no
 * load; and if they were: receivers only go to another node, and leave this one when they hear there. Nobody is killed for it.
 */
export const PUMP_LIMITS: HeartbeatLimits = { everyMs: 100, misses: 6, waits: 6 };

export interface PumpWatch {
  /** As of this instant: one that is back may be used at once. */
  readonly away: boolean;
  close(): void;
}

/** LV4: tells when the pump goes away or stops answering, and when it is back. A door that has not met its pump yet waits for it. */
export function watchPump(link: Pick<LinkClient, 'ask' | 'connected'>, onAway: (away: boolean) => void): PumpWatch {
  let beat = beginHeartbeat(performance.now());
  let question: 'answered' | 'open' | 'failed' = 'answered';
  let met = false;
  let said = false;

  const isAway = () => met && (!link.connected || isHung(beat, PUMP_LIMITS));
  const say = (now: boolean) => {
    if (now === said) return;
    said = now;
    onAway(now);
  };
  const look = () => {
    const now = performance.now();
    if (!link.connected) {
      beat = beginHeartbeat(now);
      say(isAway());
      return;
    }
    met = true;
    beat = lookAtHeartbeat(beat, question === 'answered' ? 'answered' : 'silent', now, PUMP_LIMITS);
    say(isAway());
    if (question === 'open') return;
    question = 'open';
    link.ask('clock', null).then(
      () => {
        question = 'answered';
        beat = beginHeartbeat(performance.now());
        say(isAway());
      },
      () => (question = 'failed'),
    );
  };
  const timer = setInterval(look, PUMP_LIMITS.everyMs);
  return {
    get away() {
      return isAway();
    },
    close: () => clearInterval(timer),
  };
}

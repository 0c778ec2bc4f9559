import { beginHeartbeat, type HeartbeatLimits, isHung, lookAtHeartbeat } from '@loa/shared/timing/heartbeat';
import type { LinkClient } from '../link/link-client.ts';

/**
 * The pump's loop answers within some milliseconds, and within a tenth of a second on its worst day. Six looks without an answer are no
 * load; and if they were: receivers only go to another node, and leave this one when they hear there. Nobody is killed for it.
 */
export const PUMP_LIMITS: HeartbeatLimits = { everyMs: 100, misses: 6, waits: 6 };

export interface PumpWatch {
  close(): void;
}

/** LV4: tells when the pump goes away or stops answering, and when it is back. A door that has not met its pump yet waits for it. */
export function watchPump(link: Pick<LinkClient, 'ask' | 'connected'>, onAway: (away: boolean) => void): PumpWatch {
  let beat = beginHeartbeat(performance.now());
  let question: 'answered' | 'open' | 'failed' = 'answered';
  let met = false;
  let away = false;

  const say = (now: boolean) => {
    if (now === away) return;
    away = now;
    onAway(now);
  };
  const look = () => {
    const now = performance.now();
    if (!link.connected) {
      beat = beginHeartbeat(now);
      if (met) say(true);
      return;
    }
    met = true;
    beat = lookAtHeartbeat(beat, question === 'answered' ? 'answered' : 'silent', now, PUMP_LIMITS);
    say(isHung(beat, PUMP_LIMITS));
    if (question === 'open') return;
    question = 'open';
    link.ask('clock', null).then(
      () => (question = 'answered'),
      () => (question = 'failed'),
    );
  };
  const timer = setInterval(look, PUMP_LIMITS.everyMs);
  return { close: () => clearInterval(timer) };
}

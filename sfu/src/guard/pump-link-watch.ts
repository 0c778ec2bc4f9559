import { connect, type Socket } from 'node:net';
import { beginHeartbeat, type HeartbeatLimits, isHung, lookAtHeartbeat } from '@loa/shared/timing/heartbeat';
import { createFrameReader, encodeFrame } from '../link/framing.ts';
import { answerFrameSchema } from '../link/messages.ts';
import { isWaiting, type ProcessUse, readProcessUse } from '../monitoring/process-use.ts';

/**
 * A pump that hangs is killed and started again, which ends what is on air here if this node is alone: so it has two seconds, ten while it
 * waits for a processor. Its receivers have gone to another node long before (ND6).
 */
export const PUMP_HUNG_LIMITS: HeartbeatLimits = { everyMs: 250, misses: 8, waits: 40 };

export interface PumpLinkWatchEvents {
  /** It hangs; called once, and then it is not asked any more. */
  onHung(): void;
  onAnswer?(): void;
}

/** LV5: asks the pump of this socket for its health, again and again. One that does not listen yet, or is gone, is not hung. */
export function watchPumpLink(
  path: string,
  pid: number,
  { onHung, onAnswer = () => undefined }: PumpLinkWatchEvents,
): { stop(): void } {
  let socket: Socket | null = null;
  let beat = beginHeartbeat(performance.now());
  let use: ProcessUse | null = null;
  /** The newest question, and the newest that was answered; it was never asked as long as both are 0. */
  let asked = 0;
  let answered = 0;

  const open = () => {
    const opened = connect(path);
    socket = opened;
    const reader = createFrameReader((value) => {
      const frame = answerFrameSchema.safeParse(value);
      // Notices come unasked; that it refuses is an answer as well.
      if (!frame.success) return;
      answered = frame.data.id;
      onAnswer();
    });
    opened.on('data', (chunk: Buffer) => reader.push(chunk));
    opened.on('error', () => undefined);
    opened.on('close', () => {
      if (socket === opened) socket = null;
      answered = asked;
    });
  };
  const look = () => {
    const before = use;
    use = asked === answered ? null : readProcessUse(pid);
    const sign = asked === answered ? 'answered' : isWaiting(before, use) ? 'waiting' : 'silent';
    beat = lookAtHeartbeat(beat, sign, performance.now(), PUMP_HUNG_LIMITS);
    if (isHung(beat, PUMP_HUNG_LIMITS)) {
      stop();
      onHung();
      return;
    }
    if (socket === null) return open();
    if (asked !== answered || socket.readyState !== 'open') return;
    asked += 1;
    socket.write(encodeFrame({ id: asked, type: 'health', ask: null }));
  };
  const timer = setInterval(look, PUMP_HUNG_LIMITS.everyMs);
  const stop = () => {
    clearInterval(timer);
    socket?.destroy();
  };
  return { stop };
}

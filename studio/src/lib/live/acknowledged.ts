import { acknowledgementSchema, type Problem } from '@loa/shared/protocol/errors';
import { err, ok, type Result } from '@loa/shared/result';
import type { Socket } from 'socket.io-client';
import type { z } from 'zod';

const ACK_TIMEOUT_MS = 5_000;

/** A request of the protocol over a socket; the answer is checked, a missing one becomes `unavailable`. */
export async function ask<T extends z.ZodType>(
  socket: Socket,
  event: string,
  payload: unknown,
  data: T,
): Promise<Result<z.output<T>, Problem>> {
  if (!socket.connected) return err({ code: 'unavailable', message: 'not connected to the door' });
  let frame: unknown;
  try {
    const args = payload === undefined ? [] : [payload];
    frame = await socket.timeout(ACK_TIMEOUT_MS).emitWithAck(event, ...args);
  } catch {
    return err({ code: 'unavailable', message: `${event} was not answered within ${ACK_TIMEOUT_MS} ms` });
  }
  const parsed = acknowledgementSchema(data).safeParse(frame);
  if (!parsed.success) return err({ code: 'internal', message: `${event}: ${parsed.error.message}` });
  const answer = parsed.data as { ok: true; data: z.output<T> } | { ok: false; error: Problem };
  return answer.ok ? ok(answer.data) : err(answer.error);
}

import { acknowledgementSchema, type Problem } from '@loa/shared/protocol/errors';
import { err, ok, type Result } from '@loa/shared/result';
import type { Socket } from 'socket.io-client';
import type { z } from 'zod';

/** A request is answered within this time, or not at all, in ms. */
export const ACK_TIMEOUT_MS = 5_000;

/** What a request of a socket's protocol takes; nothing for one that is a question alone. */
export type PayloadOf<Request> = Request extends (...args: infer Args) => void
  ? Args extends [infer Payload, unknown]
    ? Payload
    : Args extends [unknown]
      ? undefined
      : unknown
  : never;

/** What the other side acknowledges a request with when it is carried out. */
export type AnswerOf<Request> = Request extends (...args: infer Args) => void
  ? Args extends [infer Ack] | [unknown, infer Ack]
    ? DataOf<Ack>
    : unknown
  : never;
type DataOf<Ack> = Ack extends (answer: infer Answer) => void
  ? Answer extends { ok: true; data: infer Data }
    ? Data
    : never
  : never;

/** A request of the protocol over a socket; the answer is checked, a missing one becomes `unavailable`. */
export async function ask<Notices extends object, Requests extends object, Event extends keyof Requests & string>(
  socket: Socket<Notices, Requests>,
  event: Event,
  payload: PayloadOf<Requests[Event]>,
  data: z.ZodType<AnswerOf<Requests[Event]>>,
): Promise<Result<AnswerOf<Requests[Event]>, Problem>> {
  if (!socket.connected) return err({ code: 'unavailable', message: 'not connected to the door' });
  let frame: unknown;
  try {
    // The event and what it takes fit together by this function's own parameters, which the library's types cannot see.
    const plain = socket as unknown as Socket;
    const args = payload === undefined ? [] : [payload];
    frame = await plain.timeout(ACK_TIMEOUT_MS).emitWithAck(event, ...args);
  } catch {
    return err({ code: 'unavailable', message: `${event} was not answered within ${ACK_TIMEOUT_MS} ms` });
  }
  const parsed = acknowledgementSchema(data).safeParse(frame);
  if (!parsed.success) return err({ code: 'internal', message: `${event}: ${parsed.error.message}` });
  const answer = parsed.data as { ok: true; data: AnswerOf<Requests[Event]> } | { ok: false; error: Problem };
  return answer.ok ? ok(answer.data) : err(answer.error);
}

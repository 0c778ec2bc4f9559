import type { Logger } from 'pino';
import type { Socket } from 'socket.io';
import type { z } from 'zod';
import { MAX_NAME_LENGTH } from '@loa/shared/broadcasts/commands';
import type { Acknowledgement } from '@loa/shared/protocol/errors';
import type { AnswerOf, RequestOf } from '@loa/shared/protocol/sockets';
import { toPlainText } from '@loa/shared/protocol/text';
import { judgeProtocol, PROTOCOL } from '@loa/shared/protocol/version';
import { ProblemError, toProblemError, toSchemaProblem } from '../problem-error.ts';
import { sameText } from '../same-text.ts';

/** A peer that sends more bad frames than this in a minute is not ours. */
const MAX_BAD_FRAMES_PER_MINUTE = 10;
/** Requests a peer may make in ten seconds; the busiest page makes a few a second. */
const MAX_REQUESTS_PER_10_S = 400;

/** A socket on which the requests of a map come in. */
interface RequestSocket<M> {
  on<E extends keyof M & string>(event: E, listener: M[E]): unknown;
  disconnect(close: boolean): unknown;
}

/**
 * Registers handlers on one socket: every frame is checked, acknowledged once, and a bug or a bad frame ends at most this socket.
 * `M` is the map of the requests that come in: a schema that does not take what the map says, or another answer, does not compile.
 */
export interface SocketRequests<M> {
  on<E extends keyof M & string, T extends z.ZodType>(
    event: E,
    schema: T & (RequestOf<M, E> extends z.input<T> ? unknown : never),
    handler: (request: z.output<T>) => Promise<AnswerOf<M, E>> | AnswerOf<M, E>,
  ): void;
}

/** @param maxRequests in ten seconds; beyond it the socket is closed. */
export function createSocketRequests<M>(
  typed: RequestSocket<M>,
  log: Logger,
  maxRequests = MAX_REQUESTS_PER_10_S,
): SocketRequests<M> {
  // What the library itself says, and what a stranger may send, is in no map.
  const socket = typed as unknown as Socket;
  const events = new Map<string, (args: unknown[]) => Promise<void>>();
  let badFrames = 0;
  let requests = 0;
  const minute = setInterval(() => (badFrames = 0), 60_000);
  const tenSeconds = setInterval(() => (requests = 0), 10_000);
  socket.on('disconnect', () => {
    clearInterval(minute);
    clearInterval(tenSeconds);
  });

  const countBad = () => {
    badFrames += 1;
    if (badFrames >= MAX_BAD_FRAMES_PER_MINUTE) socket.disconnect(true);
  };

  socket.onAny((event: string, ...args: unknown[]) => {
    requests += 1;
    const handler = events.get(event);
    const ack = args.at(-1);
    if (typeof ack !== 'function') return void socket.disconnect(true);
    if (requests > maxRequests) return void socket.disconnect(true);
    if (handler) return void handler(args);
    countBad();
    const problem = new ProblemError('bad-request', `unknown event ${String(event).slice(0, 40)}`).toProblem();
    (ack as (answer: Acknowledgement<never>) => void)({ ok: false, error: problem });
    return undefined;
  });
  // Without a listener an `error` of this socket would end the process.
  socket.on('error', (error) => log.warn({ err: error }, 'socket error'));

  return {
    on(event, schema, handler) {
      events.set(event, async (args) => {
        const ack = args.at(-1) as (answer: Acknowledgement<unknown>) => void;
        const parsed = schema.safeParse(args.length > 1 ? args[0] : undefined);
        if (!parsed.success) {
          countBad();
          ack({ ok: false, error: toSchemaProblem(parsed.error).toProblem() });
          return;
        }
        try {
          ack({ ok: true, data: await handler(parsed.data as z.output<typeof schema>) });
        } catch (error) {
          const known = toProblemError(error);
          if (!known) log.error({ err: error, event }, 'socket request failed');
          ack({
            ok: false,
            error: (known ?? new ProblemError('internal', 'something went wrong here; it has been logged')).toProblem(),
          });
        }
      });
    },
  };
}

interface GuardedSocket {
  readonly handshake: Socket['handshake'];
  data: unknown;
}
interface GuardedNamespace<S> {
  use(guard: (socket: S, next: (error?: Error) => void) => void): unknown;
}

/** Lets in who passes `check`, with what it answers as `socket.data`; others are told the problem, as the `data` of the error. */
export function guardNamespace<S extends GuardedSocket>(
  namespace: GuardedNamespace<S>,
  check: (socket: S) => S['data'],
): void {
  namespace.use((socket, next) => {
    try {
      socket.data = check(socket);
    } catch (error) {
      const known = toProblemError(error) ?? new ProblemError('internal', 'something went wrong here');
      next(Object.assign(new Error(known.message), { data: known.toProblem() }));
      return;
    }
    next();
  });
}

/** Checks a handshake; throws what the client is told. `token` may be left out by peers that are trusted by their origin. */
export function checkHandshake(auth: unknown, accessToken: string, trusted: boolean): { name: string } {
  const { protocol, token, name } = (auth ?? {}) as { protocol?: unknown; token?: unknown; name?: unknown };
  if (typeof protocol !== 'number')
    throw new ProblemError('bad-request', 'auth.protocol: the protocol number is missing');
  const verdict = judgeProtocol(protocol);
  if (verdict !== 'accepted') {
    throw new ProblemError(verdict, `protocol ${protocol}: this door speaks ${PROTOCOL.min} to ${PROTOCOL.max}`);
  }
  if (!trusted && !(typeof token === 'string' && sameText(token, accessToken)))
    throw new ProblemError('unauthorized', 'auth.token: missing or wrong');
  // Pages name whoever typed no name, each in its reader's language.
  return { name: typeof name === 'string' ? toPlainText(name, MAX_NAME_LENGTH) : '' };
}

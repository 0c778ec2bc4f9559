import { connect, type Socket } from 'node:net';
import type { Logger } from 'pino';
import { createFrameReader, encodeFrame } from './framing.ts';
import {
  type Answer,
  answerFrameSchema,
  type Ask,
  LinkError,
  type Notice,
  noticeFrameSchema,
  noticeSchema,
  REQUESTS,
  type RequestType,
} from './messages.ts';

/** The pump answers within a tick or not at all. */
const REQUEST_TIMEOUT_MS = 5_000;
const RECONNECT_MS = 250;
/** A pump that is started again is back within this; a command is better late than refused. */
const READY_WAIT_MS = 2_000;

interface Pending {
  readonly type: RequestType;
  readonly settle: (result: { answer: unknown } | { error: Error }) => void;
}

export interface LinkClientEvents {
  /** Called after each (re)connection; what others ask waits until it is through. A failure closes the connection again. */
  onConnected(greeter: Pick<LinkClient, 'ask'>): Promise<void>;
  onNotice(notice: Notice): void;
  onDisconnected(): void;
}

export interface LinkClient {
  /** Waits a moment for a pump that is being greeted. Rejects with `LinkError`: `unavailable` when there is none, else the pump's own code. */
  ask<T extends RequestType>(type: T, ask: Ask<T>): Promise<Answer<T>>;
  readonly connected: boolean;
  close(): void;
}

/** Connects to the pump and stays connected until `close`. */
export function createLinkClient(path: string, events: LinkClientEvents, log: Logger): LinkClient {
  const pending = new Map<number, Pending>();
  const waitingForReady = new Set<() => void>();
  let socket: Socket | null = null;
  let ready = false;
  let closed = false;
  let nextId = 1;
  let retry: NodeJS.Timeout | undefined;

  const onValue = (value: unknown) => {
    const notice = noticeFrameSchema.safeParse(value);
    if (notice.success && notice.data.notice !== undefined) {
      events.onNotice(noticeSchema.parse(notice.data.notice));
      return;
    }
    const frame = answerFrameSchema.parse(value);
    const waiting = pending.get(frame.id);
    if (!waiting) return;
    pending.delete(frame.id);
    if (!frame.ok) {
      waiting.settle({ error: new LinkError(frame.code, frame.message) });
      return;
    }
    const answer = REQUESTS[waiting.type].answer.safeParse(frame.answer);
    waiting.settle(
      answer.success ? { answer: answer.data } : { error: new LinkError('internal', answer.error.message) },
    );
  };

  const send: LinkClient['ask'] = (type, ask) => {
    const { promise, resolve, reject } = Promise.withResolvers<Answer<typeof type>>();
    const current = socket;
    if (!current || current.destroyed) {
      reject(new LinkError('unavailable', 'the pump is not connected'));
      return promise;
    }
    const id = nextId++;
    const timer = setTimeout(() => {
      pending.delete(id);
      reject(new LinkError('unavailable', `the pump did not answer ${type} in ${REQUEST_TIMEOUT_MS} ms`));
    }, REQUEST_TIMEOUT_MS);
    const settle: Pending['settle'] = (result) => {
      clearTimeout(timer);
      if ('error' in result) reject(result.error);
      else resolve(result.answer as Answer<typeof type>);
    };
    pending.set(id, { type, settle });
    current.write(encodeFrame({ id, type, ask }));
    return promise;
  };

  const untilReady = (): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      waitingForReady.delete(go);
      reject(new LinkError('unavailable', 'the pump is not connected'));
    }, READY_WAIT_MS);
    const go = () => {
      clearTimeout(timer);
      resolve();
    };
    waitingForReady.add(go);
    return promise;
  };

  const link: LinkClient = {
    get connected() {
      return ready;
    },
    async ask(type, ask) {
      if (!ready) await untilReady();
      return send(type, ask);
    },
    close() {
      closed = true;
      clearTimeout(retry);
      socket?.destroy();
    },
  };

  const open = () => {
    const current = connect(path);
    socket = current;
    const reader = createFrameReader(onValue);
    current.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (error) {
        log.error({ err: error }, 'pump sent a frame that is not ours');
        current.destroy();
      }
    });
    current.on('connect', () => {
      events.onConnected({ ask: send }).then(
        () => {
          ready = true;
          for (const go of waitingForReady) go();
          waitingForReady.clear();
        },
        (error: unknown) => {
          log.error({ err: error }, 'greeting the pump failed');
          current.destroy();
        },
      );
    });
    current.on('error', (error) => log.debug({ err: error }, 'link not connected'));
    current.on('close', () => {
      const was = ready;
      ready = false;
      for (const waiting of pending.values())
        waiting.settle({ error: new LinkError('unavailable', 'the pump went away') });
      pending.clear();
      if (was) events.onDisconnected();
      if (!closed) retry = setTimeout(open, RECONNECT_MS);
    });
  };
  open();
  return link;
}

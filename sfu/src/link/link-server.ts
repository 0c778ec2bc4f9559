import { mkdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { Logger } from 'pino';
import { createFrameReader, encodeFrame } from './framing.ts';
import {
  type Answer,
  type Asked,
  LinkError,
  type Notice,
  requestFrameSchema,
  REQUESTS,
  type RequestType,
} from './messages.ts';

/** What the pump answers to each request; may throw `LinkError`. */
export type LinkHandlers = { [T in RequestType]: (ask: Asked<T>) => Promise<Answer<T>> | Answer<T> };

/** A door that does not read has lost the connection once this much waits for it: the pump never waits for a door. */
export const MAX_UNREAD_BYTES = 32_000_000;

export interface LinkServer {
  /** Never throws: doors that cannot be told lose the connection, and ask for all when they greet again. */
  notify(notice: Notice): void;
  close(): Promise<void>;
}

/** Whether somebody answers there: a file alone may be the leftover of a process that was killed. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path, () => {
      probe.destroy();
      resolve(true);
    });
    probe.on('error', () => resolve(false));
  });
}

/**
 * Listens on a local socket with mode 0600; throws when another pump answers there. Frames that do not fit their schema end
 * that connection only.
 */
export async function createLinkServer(path: string, handlers: LinkHandlers, log: Logger): Promise<LinkServer> {
  const sockets = new Set<Socket>();
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (await isAnswered(path)) throw new Error(`${path}: another pump runs on this data folder; stop that one first`);
  rmSync(path, { force: true });

  const write = (socket: Socket, frame: Buffer) => {
    socket.write(frame);
    if (socket.writableLength > MAX_UNREAD_BYTES) socket.destroy(new Error('door does not read'));
  };
  const send = (socket: Socket, value: unknown) => {
    if (!socket.destroyed) write(socket, encodeFrame(value));
  };

  const answer = async (socket: Socket, value: unknown) => {
    const frame = requestFrameSchema.parse(value);
    if (!Object.hasOwn(REQUESTS, frame.type)) throw new Error(`unknown request ${frame.type}`);
    const type = frame.type as RequestType;
    const ask = REQUESTS[type].ask.safeParse(frame.ask);
    if (!ask.success) {
      send(socket, { id: frame.id, ok: false, code: 'bad-request', message: ask.error.message });
      return;
    }
    try {
      const handler = handlers[type] as (ask: unknown) => unknown;
      send(socket, { id: frame.id, ok: true, answer: await handler(ask.data) });
    } catch (error) {
      const code = error instanceof LinkError ? error.code : 'internal';
      if (code === 'internal') log.error({ err: error, type }, 'link request failed');
      send(socket, { id: frame.id, ok: false, code, message: error instanceof Error ? error.message : String(error) });
    }
  };

  const server = createServer((socket) => {
    sockets.add(socket);
    const reader = createFrameReader((value) => {
      answer(socket, value).catch((error: unknown) =>
        socket.destroy(error instanceof Error ? error : new Error(String(error))),
      );
    });
    socket.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (error) {
        socket.destroy(error instanceof Error ? error : new Error(String(error)));
      }
    });
    socket.on('error', (error) => log.warn({ err: error }, 'link connection failed'));
    socket.on('close', () => sockets.delete(socket));
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const mask = process.umask(0o177);
    server.listen(path, () => resolve());
    process.umask(mask);
  });

  return {
    notify(notice) {
      if (sockets.size === 0) return;
      try {
        const frame = encodeFrame({ notice });
        for (const socket of sockets) write(socket, frame);
      } catch (error) {
        log.error({ err: error, type: notice.type }, 'a notice that does not fit: the doors have to greet again');
        for (const socket of sockets) socket.destroy();
      }
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

import type { IncomingMessage, Server as HttpServer } from 'node:http';
import { Server as SocketServer } from 'socket.io';
import { MAX_FRAME_BYTES } from '@loa/shared/protocol/limits';
import type { DoorConfig } from '../config.ts';
import { isAllowedHost } from '../http/access.ts';
import { ProblemError } from '../problem-error.ts';
import { guardNamespace } from './socket-request.ts';

/** Sockets do not pass through the HTTP application: the same guards stand here. */
export function createSockets(
  server: HttpServer,
  { studioOrigins }: DoorConfig,
  hosts: () => readonly string[],
): SocketServer {
  const isAllowed = ({ headers: { host, origin } }: IncomingMessage) =>
    isAllowedHost(host, hosts()) && (origin === undefined || studioOrigins.includes(origin));
  const sockets = new SocketServer(server, {
    cors: { origin: [...studioOrigins], credentials: false },
    allowRequest: (request, decide) => decide(null, isAllowed(request)),
    maxHttpBufferSize: MAX_FRAME_BYTES,
    // A dead peer is known after 5 s, not after the default 45 s.
    pingInterval: 2_000,
    pingTimeout: 3_000,
    // Who has not said which namespace it wants by then wants none.
    connectTimeout: 5_000,
    perMessageDeflate: false,
    serveClient: false,
  });
  guardNamespace(sockets.of('/'), () => {
    throw new ProblemError('not-found', 'namespaces are /studio, /receivers and /doors');
  });
  return sockets;
}

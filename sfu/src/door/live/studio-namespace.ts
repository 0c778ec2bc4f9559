import type { Logger } from 'pino';
import type { Namespace } from 'socket.io';
import { z } from 'zod';
import type { Actor } from '@loa/shared/broadcasts/commands';
import {
  attachRequestSchema,
  broadcastRefSchema,
  extendRequestSchema,
  receiverVolumeRequestSchema,
  startRequestSchema,
} from '@loa/shared/protocol/live';
import { clockProbeSchema } from '@loa/shared/protocol/receivers';
import type { BroadcastService } from '../broadcasts/broadcast-service.ts';
import type { LivePicture } from './live-picture.ts';
import type { ReceiverHub } from './receiver-hub.ts';
import { checkHandshake, createSocketRequests, guardNamespace } from './socket-request.ts';

export interface StudioNamespaceOptions {
  readonly picture: LivePicture;
  readonly broadcasts: BroadcastService;
  readonly hub: ReceiverHub;
  readonly accessToken: string;
  readonly studioOrigins: readonly string[];
  clockAnswer(): number;
  readonly log: Logger;
}

/** `/studio`: the live picture for pages, and what people do. */
export function serveStudio(namespace: Namespace, options: StudioNamespaceOptions): void {
  const { picture, broadcasts, hub, log } = options;

  guardNamespace(namespace, ({ handshake }) => {
    const { origin } = handshake.headers;
    const trusted = origin !== undefined && options.studioOrigins.includes(origin);
    return checkHandshake(handshake.auth, options.accessToken, trusted);
  });

  picture.onChange((change) => namespace.emit('live:changed', change));

  namespace.on('connection', (socket) => {
    const { name } = socket.data as { name: string };
    const by: Actor = { id: socket.id, name };
    const requests = createSocketRequests(socket, log);
    requests.on('live:sync', z.undefined(), () => picture.snapshot());
    requests.on('clock:probe', clockProbeSchema, ({ clientTimeMs }) => ({
      clientTimeMs,
      serverTimeMs: options.clockAnswer(),
    }));
    requests.on('broadcast:preview', startRequestSchema, (request) => broadcasts.preview(request, by));
    requests.on('broadcast:start', startRequestSchema, (request) => broadcasts.start(request, by));
    requests.on('broadcast:stop', broadcastRefSchema, (ref) => broadcasts.command({ type: 'stop', ...ref, by }, by));
    requests.on('broadcast:pause', broadcastRefSchema, (ref) => broadcasts.command({ type: 'pause', ...ref, by }, by));
    requests.on('broadcast:unpause', broadcastRefSchema, (ref) =>
      broadcasts.command({ type: 'unpause', ...ref, by }, by),
    );
    requests.on('broadcast:extend', extendRequestSchema, (request) =>
      broadcasts.command({ type: 'extend', ...request, by }, by),
    );
    requests.on('broadcast:attach', attachRequestSchema, (ref) => broadcasts.attach(ref.broadcastId, ref.sourceId, by));
    requests.on('receiver:set', receiverVolumeRequestSchema, (request) => hub.set(request));
    socket.emit('live:snapshot', picture.snapshot());
  });
}

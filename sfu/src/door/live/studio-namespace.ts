import type { Logger } from 'pino';
import type { DefaultEventsMap, Namespace } from 'socket.io';
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
import type { DoorToStudio, StudioToDoor } from '@loa/shared/protocol/sockets';
import type { BroadcastService } from '../broadcasts/broadcast-service.ts';
import type { LivePicture } from './live-picture.ts';
import type { ReceiverHub } from './receiver-hub.ts';
import { checkHandshake, createSocketRequests, guardNamespace } from './socket-request.ts';

export type StudioNamespace = Namespace<StudioToDoor, DoorToStudio, DefaultEventsMap, { name: string }>;

export interface StudioNamespaceOptions {
  readonly picture: LivePicture;
  readonly broadcasts: BroadcastService;
  readonly hub: ReceiverHub;
  readonly accessToken: string;
  readonly studioOrigins: readonly string[];
  /** Until then this door does not know what is live. */
  readonly firstGreeting: Promise<void>;
  clockAnswer(): number;
  readonly log: Logger;
}

/** `/studio`: the live picture for pages, and what people do. */
export function serveStudio(namespace: StudioNamespace, options: StudioNamespaceOptions): void {
  const { picture, broadcasts, hub, log } = options;

  guardNamespace(namespace, ({ handshake }) => {
    const { origin } = handshake.headers;
    const trusted = origin !== undefined && options.studioOrigins.includes(origin);
    return checkHandshake(handshake.auth, options.accessToken, trusted);
  });

  picture.onChange((change) => namespace.emit('live:changed', change));

  namespace.on('connection', (socket) => {
    const { name } = socket.data;
    const by: Actor = { id: socket.id, name };
    const requests = createSocketRequests<StudioToDoor>(socket, log);
    requests.on('live:sync', z.undefined(), async () => {
      await options.firstGreeting;
      return picture.snapshot();
    });
    requests.on('clock:probe', clockProbeSchema, ({ clientTimeMs }) => ({
      clientTimeMs,
      serverTimeMs: options.clockAnswer(),
    }));
    requests.on('broadcast:preview', startRequestSchema, (request) => broadcasts.preview(request, by));
    requests.on('broadcast:start', startRequestSchema, (request) => broadcasts.start(request, by));
    for (const type of ['stop', 'pause', 'unpause'] as const)
      requests.on(`broadcast:${type}`, broadcastRefSchema, async (ref) => {
        await broadcasts.command({ type, ...ref, by }, by);
        return null;
      });
    requests.on('broadcast:extend', extendRequestSchema, async (request) => {
      await broadcasts.command({ type: 'extend', ...request, by }, by);
      return null;
    });
    requests.on('broadcast:attach', attachRequestSchema, (ref) => broadcasts.attach(ref.broadcastId, ref.sourceId, by));
    requests.on('receiver:set', receiverVolumeRequestSchema, async (request) => {
      await hub.set(request);
      return null;
    });
    // A door that has just begun knows of nothing yet; an empty picture would say that nothing is on air.
    void options.firstGreeting.then(() => socket.emit('live:snapshot', picture.snapshot()));
  });
}

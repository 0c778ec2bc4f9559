import type { BroadcastService } from '../broadcasts/broadcast-service.ts';
import type { PumpSession } from '../pump-session.ts';
import type { BroadcastRepository } from '../repositories/broadcast-repository.ts';
import type { SegmentLibrary } from '../uploads/segment-library.ts';
import { broadcastRoutes } from './broadcast-routes.ts';
import { networkRoutes, type NetworkRoutesOptions } from './network-routes.ts';
import { nodeRoutes, type NodeRoutesOptions } from './node-routes.ts';
import type { Route } from './route.ts';
import { segmentRoutes } from './segment-routes.ts';

export interface DoorRoutesOptions extends NetworkRoutesOptions, Omit<NodeRoutesOptions, 'picture' | 'hub' | 'link'> {
  readonly session: PumpSession;
  readonly broadcasts: BroadcastService;
  readonly endedBroadcasts: BroadcastRepository;
  readonly library: SegmentLibrary;
  readonly folders: { readonly segmentsDir: string; readonly uploadsDir: string };
}

/** Everything under `/api/v1` that a door answers. */
export function doorRoutes(options: DoorRoutesOptions): Route[] {
  const { session, picture, broadcasts, endedBroadcasts, library, folders } = options;
  return [
    ...broadcastRoutes(session, picture, broadcasts, endedBroadcasts),
    ...segmentRoutes(session, library, picture, folders),
    ...networkRoutes(options),
    ...nodeRoutes({ ...options, link: session.link }),
  ];
}

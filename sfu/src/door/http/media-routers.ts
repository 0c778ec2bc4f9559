import type { Request } from 'express';
import type { ReceiverHub } from '../live/receiver-hub.ts';
import type { LivePicture } from '../live/live-picture.ts';
import type { NodeView } from '../peers/node-view.ts';
import type { Peers } from '../peers/peers.ts';
import type { PumpSession } from '../pump-session.ts';
import { refuseSecondPath } from '../whep/second-path.ts';
import { createWhepRouter, type WhepRouterOptions } from '../whep/whep-router.ts';
import { createWhipRouter } from '../whip/whip-router.ts';
import { requireToken } from './access.ts';
import { createPublicLimit } from './app.ts';

export interface MediaRoutersOptions extends Pick<WhepRouterOptions, 'book' | 'iceServers'> {
  readonly session: PumpSession;
  readonly picture: LivePicture;
  readonly accessToken: string;
  readonly nodeView: NodeView;
  readonly peers: Pick<Peers, 'viewOf'>;
  readonly pumpWatch: { readonly away: boolean };
  readonly hub: () => Pick<ReceiverHub, 'isHere' | 'tellPathClosed'>;
}

/** The two standard ways for sound: in (WHIP) and out (WHEP). */
export function createMediaRouters(options: MediaRoutersOptions) {
  const { session, picture, book, iceServers, accessToken, nodeView, peers, pumpWatch, hub } = options;
  const authorize = (request: Request) => requireToken(request, accessToken);
  const whep = createWhepRouter({
    link: session.link,
    picture,
    book,
    iceServers,
    publicLimit: createPublicLimit(),
    authorize,
    refuseSecondPath: (id) =>
      refuseSecondPath({
        isHere: hub().isHere(id),
        isElsewhere: peers.viewOf(id) !== undefined,
        draining: nodeView.draining,
        silent: pumpWatch.away,
      }),
    onReceiverPathClosed: (receiverId, pathId) => hub().tellPathClosed(receiverId, pathId),
  });
  return { whip: createWhipRouter(session.link, authorize, iceServers, nodeView), whep, authorize };
}

import { z } from 'zod';
import { broadcastIdSchema, levelSchema } from '@loa/shared/broadcasts/commands';
import { LEVEL } from '@loa/shared/broadcasts/rank';
import type { BroadcastView } from '@loa/shared/protocol/live';
import type { LinkClient } from '../../link/link-client.ts';
import type { LivePicture } from '../live/live-picture.ts';
import { isOutOfStep } from '@loa/shared/timing/clock-distance';
import type { NodeView } from '../peers/node-view.ts';
import type { Peers } from '../peers/peers.ts';
import type { ReceiverHub } from '../live/receiver-hub.ts';
import { within } from '../within.ts';
import { type Route, route } from './route.ts';

const nodeStateSchema = z.object({
  draining: z.boolean(),
  /** Receivers that are connected here. */
  receivers: z.number().int(),
  /** Doors of other nodes that take receivers. */
  doors: z.array(z.string()),
  /** Of those, how many this one hears from. */
  connectedPeers: z.number().int(),
  /** What sounds from here, for all nodes. `stays`: ND13, it is an emergency that only a second order moves. Null: the pump does not answer. */
  sounding: z
    .array(z.object({ broadcastId: broadcastIdSchema, title: z.string(), level: levelSchema, stays: z.boolean() }))
    .nullable(),
  /** The clocks of the other nodes compared with this one's (ND40); a node whose clock is not known is left out. */
  clocks: z.array(
    z.object({ node: z.string(), offsetMs: z.number(), errorMs: z.number().nonnegative(), inStep: z.boolean() }),
  ),
});

const PUMP_WAIT_MS = 1_000;

export interface NodeRoutesOptions {
  readonly view: NodeView;
  readonly peers: Pick<Peers, 'connected' | 'clocks'>;
  readonly hub: Pick<ReceiverHub, 'here' | 'sendAway' | 'callBack'>;
  readonly picture: Pick<LivePicture, 'broadcastById' | 'setNode'>;
  readonly link: Pick<LinkClient, 'ask'>;
  /** The others are to be told. */
  tellAbout(): void;
  /** Of receivers of other nodes. */
  closeSecondPaths(): void;
}

/** This node among the others. */
export function nodeRoutes(options: NodeRoutesOptions): Route[] {
  const { view, peers, hub, picture, link, tellAbout, closeSecondPaths } = options;
  const sounding = async () => {
    const { broadcasts } = await within(link.ask('node:sounding', null), PUMP_WAIT_MS, 'the pump');
    return broadcasts.flatMap((id) => {
      const view = picture.broadcastById(id);
      return view ? [soundingHere(view)] : [];
    });
  };
  const soundingHere = ({ broadcastId, title, level }: BroadcastView) => ({
    broadcastId,
    title,
    level,
    stays: view.notice().leave === 'when-free' && level === LEVEL.emergency,
  });
  const state = async () => ({
    draining: view.draining,
    receivers: hub.here.length,
    doors: view.otherDoors(),
    connectedPeers: peers.connected,
    sounding: await sounding().catch(() => null),
    clocks: peers.clocks.map((clock) => ({ ...clock, inStep: !isOutOfStep(clock) })),
  });
  return [
    route({
      method: 'get',
      path: '/node',
      summary: 'This node: whether it is being emptied, what sounds from it, and where its receivers may go',
      access: 'public',
      status: 200,
      answer: nodeStateSchema,
      handle: state,
    }),
    route({
      method: 'post',
      path: '/node/drain',
      summary:
        'Empty this node: receivers, pages and what sounds from it go to other nodes without a gap, new ones are refused; an emergency goes when this is said again. Or take them again',
      access: 'token',
      body: z.object({ draining: z.boolean().default(true) }),
      status: 202,
      answer: nodeStateSchema,
      handle({ body }) {
        view.drain(body.draining);
        picture.setNode(view.notice());
        tellAbout();
        if (body.draining) {
          hub.sendAway();
          closeSecondPaths();
        } else hub.callBack();
        return state();
      },
    }),
  ];
}

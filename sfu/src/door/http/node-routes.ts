import { z } from 'zod';
import { isOutOfStep } from '@loa/shared/timing/clock-distance';
import type { NodeView } from '../peers/node-view.ts';
import type { Peers } from '../peers/peers.ts';
import type { ReceiverHub } from '../live/receiver-hub.ts';
import { type Route, route } from './route.ts';

const nodeStateSchema = z.object({
  draining: z.boolean(),
  /** Receivers that are connected here. */
  receivers: z.number().int(),
  /** Doors of other nodes that take receivers. */
  doors: z.array(z.string()),
  /** Of those, how many this one hears from. */
  connectedPeers: z.number().int(),
  /** The clocks of the other nodes compared with this one's (ND40); a node whose clock is not known is left out. */
  clocks: z.array(
    z.object({ node: z.string(), offsetMs: z.number(), errorMs: z.number().nonnegative(), inStep: z.boolean() }),
  ),
});

export interface NodeRoutesOptions {
  readonly view: NodeView;
  readonly peers: Pick<Peers, 'connected' | 'clocks'>;
  readonly hub: Pick<ReceiverHub, 'here' | 'sendAway' | 'callBack'>;
  /** The others are to be told. */
  tellAbout(): void;
}

/** This node among the others. */
export function nodeRoutes({ view, peers, hub, tellAbout }: NodeRoutesOptions): Route[] {
  const state = () => ({
    draining: view.draining,
    receivers: hub.here.length,
    doors: view.otherDoors(),
    connectedPeers: peers.connected,
    clocks: peers.clocks.map((clock) => ({ ...clock, inStep: !isOutOfStep(clock) })),
  });
  return [
    route({
      method: 'get',
      path: '/node',
      summary: 'This node: whether it is being emptied, and where its receivers may go',
      access: 'public',
      status: 200,
      answer: nodeStateSchema,
      handle: state,
    }),
    route({
      method: 'post',
      path: '/node/drain',
      summary:
        'Empty this node: receivers go to other nodes without a gap, new ones are refused; or take receivers again',
      access: 'token',
      body: z.object({ draining: z.boolean().default(true) }),
      status: 202,
      answer: nodeStateSchema,
      handle({ body }) {
        view.drain(body.draining);
        tellAbout();
        if (body.draining) hub.sendAway();
        else hub.callBack();
        return state();
      },
    }),
  ];
}

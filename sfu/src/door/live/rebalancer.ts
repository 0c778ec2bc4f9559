import type { Logger } from 'pino';
import { LEVEL } from '@loa/shared/broadcasts/rank';
import { type OtherLoad, REBALANCE, spreadReceivers } from '@loa/shared/nodes/rebalance';
import type { NodeView } from '../peers/node-view.ts';
import type { Peers } from '../peers/peers.ts';
import type { LivePicture } from './live-picture.ts';
import type { ReceiverHub } from './receiver-hub.ts';

/** Spreads receivers over the nodes again (ND15). */
export interface Rebalancer {
  close(): void;
}

export interface RebalancerOptions {
  readonly nodes: Pick<NodeView, 'openNodes' | 'takesReceivers'>;
  readonly peers: Pick<Peers, 'receiversAt'>;
  readonly hub: Pick<ReceiverHub, 'online' | 'spread'>;
  readonly picture: Pick<LivePicture, 'state'>;
  readonly log: Logger;
}

export function startRebalancer({ nodes, peers, hub, picture, log }: RebalancerOptions): Rebalancer {
  let active = false;
  let known = '';
  let settledAt = performance.now();

  /** Null when nothing is to be compared: this node sends all of them away, or one of the others cannot be heard. */
  const readOthers = (): OtherLoad[] | null => {
    if (!nodes.takesReceivers) return null;
    const loads = nodes.openNodes().map(({ node, door }) => ({ door, receivers: peers.receiversAt(node) }));
    return loads.every((load): load is OtherLoad => load.receivers !== null) ? loads : null;
  };
  const look = () => {
    const others = readOthers();
    const names = others === null ? 'unknown' : others.map(({ door }) => door).join();
    const now = performance.now();
    if (names !== known) settledAt = now;
    known = names;
    const own = hub.online;
    const emergency = [...picture.state.broadcasts.values()].some(({ spec }) => spec.level === LEVEL.emergency);
    const spreading = spreadReceivers(active, { own, others: others ?? [], settledMs: now - settledAt, emergency });
    active = spreading.active;
    if (spreading.move === 0) return;
    const asked = hub.spread(spreading.move, spreading.doors);
    log.info({ own, others, asked }, 'receivers are asked to go to nodes that have fewer');
  };
  const timer = setInterval(look, REBALANCE.everyMs);
  return { close: () => clearInterval(timer) };
}

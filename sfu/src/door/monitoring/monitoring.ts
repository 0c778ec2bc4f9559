import type { Registry } from 'prom-client';
import type { LinkClient } from '../../link/link-client.ts';
import { createLoopDelayMonitor } from '../../monitoring/loop-delay.ts';
import type { LivePicture } from '../live/live-picture.ts';
import type { ReceiverHub } from '../live/receiver-hub.ts';
import type { NodeView } from '../peers/node-view.ts';
import type { Peers } from '../peers/peers.ts';
import { within } from '../within.ts';
import { createExposition } from './exposition.ts';
import { type HealthFacts, type Readiness, toReadiness } from './readiness.ts';
import { toSamples } from './to-samples.ts';

/** Who watches over this node asks again in a moment: what has not answered by then is said not to. */
const ANSWER_WAIT_MS = 1_000;
/** Delays of a few ms do not matter at the door. */
const LOOP_RESOLUTION_MS = 10;

/** How this node is, for machines that watch over it. */
export interface Monitoring {
  readiness(): Promise<Readiness>;
  /** The page that Prometheus reads, and its type. */
  metrics(): Promise<{ readonly type: string; readonly page: string }>;
  close(): void;
}

export interface MonitoringOptions {
  readonly registry: Registry;
  readonly link: Pick<LinkClient, 'ask' | 'connected'>;
  readonly picture: Pick<LivePicture, 'receiverCount'>;
  readonly hub: Pick<ReceiverHub, 'online' | 'packets'>;
  askDatabase(): Promise<unknown>;
  unstoredEvents(): number;
  unstoredRefusals(): number;
  readonly nodes: Pick<NodeView, 'draining' | 'openNodes'>;
  readonly peers: Pick<Peers, 'clocks'>;
}

export function createMonitoring(options: MonitoringOptions): Monitoring {
  const { registry, link, picture, hub, askDatabase, unstoredEvents, unstoredRefusals, nodes, peers } = options;
  const exposition = createExposition(registry);
  const loopDelay = createLoopDelayMonitor(LOOP_RESOLUTION_MS);

  /** Null when the pump does not answer; one that is not connected is not waited for. */
  const fromPump = async <T>(ask: () => Promise<T>): Promise<T | null> =>
    link.connected ? within(ask(), ANSWER_WAIT_MS, 'the pump').catch(() => null) : null;

  const pumpHealth = async (): Promise<HealthFacts['pump']> => {
    const health = await fromPump(() => link.ask('health', null));
    return health ?? (link.connected ? 'silent' : 'away');
  };
  const databaseAnswers = () =>
    within(askDatabase(), ANSWER_WAIT_MS, 'the database').then(
      () => true,
      () => false,
    );

  return {
    async readiness() {
      const [pump, database] = await Promise.all([pumpHealth(), databaseAnswers()]);
      return toReadiness({
        pump,
        databaseAnswers: database,
        unstoredEvents: unstoredEvents(),
        draining: nodes.draining,
        otherDoors: nodes.openNodes().length,
        clocks: peers.clocks,
      });
    },
    async metrics() {
      const samples = toSamples({
        pump: await fromPump(() => link.ask('stats', null)),
        receivers: { installed: picture.receiverCount, online: hub.online, packets: hub.packets },
        peerClocks: peers.clocks,
        unstoredEvents: unstoredEvents(),
        unstoredRefusals: unstoredRefusals(),
        doorLoopDelayMs: loopDelay.read(),
      });
      return { type: exposition.contentType, page: await exposition.write(samples) };
    },
    close: () => loopDelay.close(),
  };
}

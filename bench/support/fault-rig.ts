import { pino } from 'pino';
import { createFleet, type Fleet } from '../../receiver/src/fleet/create-fleet.ts';
import { type ForeignSource, publish } from '../../sfu/test/support/foreign-client.ts';
import { type RedisServer, startRedisServer } from '../../sfu/test/support/redis-server.ts';
import { type Relay, startRelay } from '../../sfu/test/support/relay.ts';
import { createRig } from '../../sfu/test/support/rig.ts';
import { type SfuStack, startSfuStack } from '../../sfu/test/support/sfu-stack.ts';
import { waitFor } from '../../sfu/test/support/wait-for.ts';
import { hasSegment, startEverywhere, type Started, stopAll, uploadBelow } from './fault-broadcasts.ts';
import { progress, sleep } from './figures.ts';
import { HeardStamps } from './heard-stamps.ts';

/** Two nodes with a Redis and a database, receivers on both, and a presenter at node b. */
export interface FaultRig {
  readonly a: SfuStack;
  readonly b: SfuStack;
  readonly redis: RedisServer;
  /** Between each node and Redis. */
  readonly relays: { readonly a: Relay; readonly b: Relay };
  readonly heard: HeardStamps;
  /** The voice of the present fault. */
  readonly broadcastId: string;
  /**
   * Before the rounds of each fault: what was on air ends; a stored programme of level 0 begins everywhere and then the voice, which is
   * heard instead. From then on nothing but the voice may be heard.
   * @param level Of the voice; 3: an emergency.
   * @param isStored A recording that node b begins, and no voice.
   */
  begin(level: 1 | 3, isStored: boolean): Promise<void>;
  /** The presenter stops sending, as when its link is cut; answers how it goes on. */
  cutPresenter(): () => void;
  /** The presenter's page connects to this node and goes on with the broadcast there. */
  presentAt(node: SfuStack): Promise<void>;
  /** Presenter and receivers (with a second path to the other node, unless they hold none) are where they belong again: who went to another node in the round before begins anew. */
  spread(): Promise<void>;
  close(): Promise<void>;
}

/** How long after its stamp a packet can still be played, in ms: a playout delay of 200 ms. */
const PLAYABLE_MS = 200;
/** Opus of 20 ms that tells its number. */
const frame = (n: number): Buffer => Buffer.from([0xf8, 0xff, 1, (n >> 8) & 0xff, n & 0xff]);
/** What was stopped has been heard to its end by then, ms. */
const OVER_MS = 2_000;

const WAIT_MS = 60_000;
const until = (what: string, done: () => Promise<boolean> | boolean): Promise<void> =>
  waitFor(async () => ((await done()) ? '' : what), WAIT_MS);
const serverNow = () => performance.timeOrigin + performance.now();

const receiversAt = async (node: SfuStack): Promise<number> =>
  ((await (await node.get('/api/v1/node')).json()) as { receivers: number }).receivers;

export interface FaultRigOptions {
  readonly receivers: number;
  /** PO40: whether receivers hold second paths. */
  readonly secondPaths: boolean;
}

export async function startFaultRig({ receivers, secondPaths }: FaultRigOptions): Promise<FaultRig> {
  progress('starting Redis, PostgreSQL and two nodes …');
  const redis = await startRedisServer();
  const relays = { a: await startRelay(redis.port), b: await startRelay(redis.port) };
  const startNode = (id: 'a' | 'b', beside?: SfuStack) =>
    startSfuStack({
      separate: true,
      ...(beside ? { beside, ownData: true } : {}),
      settings: {
        REDIS_URL: `redis://127.0.0.1:${relays[id].port}`,
        SFU_NODE_ID: id,
        SFU_PLAYOUT_DELAY_MS: String(PLAYABLE_MS),
      },
    });
  const b = await startNode('b');
  const a = await startNode('a', b);
  const below = await uploadBelow(b);
  await until('the stored programme at both nodes', () => hasSegment(a, below.segmentId));
  let presenter: { readonly node: SfuStack; readonly source: ForeignSource } | null = null;
  let stop: () => void = () => undefined;
  let voice: Started = { broadcastId: '', tag: 0 };
  const heard = new HeardStamps(PLAYABLE_MS);
  const clusters = b.zones.filter(({ kind }) => kind === 'cluster').map(({ id }) => String(id));
  const openFleet = (node: SfuStack, prefix: string): Fleet =>
    createFleet({
      doorUrl: node.url,
      token: node.token,
      zones: clusters,
      count: receivers / 2,
      // Devices do not wait for each other.
      joinsAtATime: receivers,
      secondPaths,
      prefix,
      // What receivers say while their node is broken is expected; `TEST_LOG_LEVEL=info` shows it, with the processes' logs, for finding out where the time goes.
      log: pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'error' }, pino.destination(2)),
      onPacket: ({ id }, tag, rtpTimestamp, arrivedServerMs) => heard.note(id, tag, rtpTimestamp, arrivedServerMs),
    });
  progress(`joining ${receivers} receivers …`);
  const openFleets = async (): Promise<Fleet[]> => {
    const opened = [openFleet(a, 'at-a'), openFleet(b, 'at-b')];
    await Promise.all(opened.map((fleet) => fleet.ready()));
    return opened;
  };
  let fleets = await openFleets();
  const closeFleets = async () => {
    heard.endAt(serverNow());
    await Promise.all(fleets.map((fleet) => fleet.close()));
    heard.goOn();
  };

  const connectPresenter = async (node: SfuStack) => {
    const source = await publish(node.url, node.token);
    stop();
    stop = source.play(frame);
    const before = presenter;
    presenter = { node, source };
    return { source, before };
  };

  const rig: FaultRig = {
    a,
    b,
    redis,
    relays,
    heard,
    get broadcastId() {
      return voice.broadcastId;
    },
    async begin(level, isStored) {
      heard.follow(0);
      await stopAll(b);
      await presenter?.source.close();
      const { source } = await connectPresenter(b);
      await startEverywhere(b, 'below', below, 0);
      await sleep(OVER_MS);
      const live = { kind: 'live', sourceId: source.sourceId };
      voice = await startEverywhere(b, 'voice', isStored ? below : live, level);
      await sleep(OVER_MS);
      heard.follow(voice.tag);
      await until('all receivers hear the voice', () => heard.receivers === receivers);
    },
    cutPresenter() {
      stop();
      return () => void (stop = presenter?.source.play(frame) ?? stop);
    },
    async presentAt(node) {
      const { source, before } = await connectPresenter(node);
      const page = createRig(node);
      const socket = await page.studio();
      const request = { broadcastId: voice.broadcastId, sourceId: source.sourceId };
      await waitFor(async () => {
        const answer = (await socket.timeout(5_000).emitWithAck('broadcast:attach', request)) as { ok: boolean };
        return answer.ok ? '' : `attached: ${JSON.stringify(answer)}`;
      }, WAIT_MS);
      socket.disconnect();
      await before?.source.close();
    },
    async spread() {
      await until('both nodes know each other', async () => {
        const states = await Promise.all([a, b].map(async (node) => (await node.get('/api/v1/node')).json()));
        return (states as { connectedPeers: number; doors: string[] }[]).every(
          ({ connectedPeers, doors }) => connectedPeers === 1 && doors.length === 1,
        );
      });
      if (presenter && presenter.node !== b) await rig.presentAt(b);
      const places = await Promise.all([a, b].map(receiversAt));
      if (places.some((count) => count !== receivers / 2)) {
        await closeFleets();
        fleets = await openFleets();
      }
      if (!secondPaths) return;
      await until('all second paths', () => fleets.reduce((sum, fleet) => sum + fleet.withSecondPath, 0) === receivers);
    },
    async close() {
      await closeFleets();
      stop();
      await presenter?.source.close();
      await a.close().catch(() => undefined);
      await b.close().catch(() => undefined);
      for (const relay of Object.values(relays)) await relay.close();
      await redis.close();
    },
  };
  return rig;
}

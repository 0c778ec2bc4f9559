import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CAPACITY } from '@loa/shared/nodes/capacity';
import type { Readiness } from '../src/door/monitoring/readiness.ts';
import { createBus } from '../src/pump/buses/bus.ts';
import { createCapacity } from '../src/pump/workers/capacity.ts';
import { createMediaWorker } from '../src/pump/workers/media-worker.ts';
import { type RedisServer, startRedisServer } from './support/redis-server.ts';
import { createRig, numbersOf, type Rig } from './support/rig.ts';
import { type SfuStack, startSfuStack } from './support/sfu-stack.ts';
import { waitFor } from './support/wait-for.ts';

/** How many listeners a node takes, and that it refuses further ones before anybody hears of it. */

const log = pino({ level: 'silent' });

describe('NP30: the cost of a packet', () => {
  it('is what a real worker spends on packets that really leave it', async () => {
    const LISTENERS = 40;
    const FRAMES = 500;
    const workerBin = process.env['MEDIASOUP_WORKER_BIN'];
    const onDied = () => undefined;
    const worker = await createMediaWorker({
      host: '127.0.0.1',
      announcedAddress: undefined,
      port: 0,
      workerBin,
      log,
      onDied,
    });
    try {
      const kept: number[] = [];
      const capacity = createCapacity({
        workers: () => [worker],
        count: 1,
        set: null,
        safeShare: CAPACITY.safeShare,
        costFile: { read: () => null, write: (us) => void kept.push(us) },
        leastPackets: (LISTENERS * FRAMES) / 2,
        log,
        now: () => performance.now(),
        threadCpuMs: () => 0,
      });
      const media = await worker.usualRouter();
      const bus = createBus('test');
      const listen = async () => {
        const transport = await media.router.createPlainTransport({
          listenInfo: { protocol: 'udp', ip: '127.0.0.1' },
          enableSrtp: true,
        });
        const srtpParameters = {
          cryptoSuite: 'AEAD_AES_256_GCM' as const,
          keyBase64: Buffer.alloc(44, 7).toString('base64'),
        };
        await transport.connect({ ip: '127.0.0.1', port: 9, srtpParameters });
        const { rtpCapabilities } = media.router;
        return bus.consume(media, (producerId) => transport.consume({ producerId, rtpCapabilities }));
      };
      const consumers = await Promise.all(Array.from({ length: LISTENERS }, listen));
      await capacity.look(0);
      const before = await worker.usedCpuMs();
      for (let n = 0; n < FRAMES; n++) {
        bus.send({ csrc: 1, timestamp: 960 * n, marker: false, payload: Buffer.alloc(80, n) });
        // As a pump does: a turn for each frame.
        await new Promise(setImmediate);
      }
      const sentBy = async () => {
        const stats = await Promise.all(consumers.map((consumer) => consumer.getStats()));
        return stats
          .flatMap((all) => [...all])
          .reduce((sum, { type, packetCount }) => sum + (type === 'outbound-rtp' ? packetCount : 0), 0);
      };
      await waitFor(async () => ((await sentBy()) === LISTENERS * FRAMES ? '' : `${await sentBy()} packets sent`));
      expect(worker.packetsSent).toBe(LISTENERS * FRAMES);
      await capacity.look(0);
      const spentUs = (((await worker.usedCpuMs()) - before) * 1_000) / (LISTENERS * FRAMES);
      const { packetCostUs, measurements } = capacity.figures;
      expect(measurements).toBe(1);
      // One measurement in five parts of the estimate; the worker has answered a few questions since.
      const measured = CAPACITY.startUs + (packetCostUs - CAPACITY.startUs) / CAPACITY.weight;
      expect(measured).toBeLessThanOrEqual(Math.min(CAPACITY.mostUs, Math.max(CAPACITY.leastUs, spentUs)) + 1e-6);
      expect(measured).toBeGreaterThan(0.5 * Math.min(CAPACITY.mostUs, spentUs));
    } finally {
      worker.close();
    }
  });
});

describe('NP34: a node whose media worker may do little', () => {
  /** 0.003 of a core, at 14 µs and 100 packets/s each. */
  const SAFE_SHARE = 0.003;
  const PLACES = 2;
  let redis: RedisServer;
  let nodes: [SfuStack, SfuStack];
  let rigs: [Rig, Rig];

  beforeAll(async () => {
    redis = await startRedisServer();
    const settings = (id: string) => ({ REDIS_URL: redis.url, SFU_NODE_ID: id, SFU_WORKERS: '1' });
    const first = await startSfuStack({ settings: settings('a') });
    const small = { ...settings('b'), SFU_SAFE_SHARE: String(SAFE_SHARE) };
    nodes = [first, await startSfuStack({ beside: first, ownData: true, settings: small })];
    rigs = [createRig(nodes[0]), createRig(nodes[1])];
  });
  afterAll(async () => {
    for (const rig of rigs) await rig.reset();
    await nodes[1].close();
    await nodes[0].close();
    await redis.close();
  });

  const figureOf = async (node: SfuStack, name: string) =>
    Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(await (await node.get('/metrics')).text())?.[1]);

  it('takes as many as that, serves them, refuses one more, and says so to the others and to whoever watches', async () => {
    const [a, b] = rigs;
    const doorsAtA = async () => ((await (await nodes[0].get('/api/v1/node')).json()) as { doors: string[] }).doors;
    await waitFor(async () => ((await doorsAtA()).includes(nodes[1].url) ? '' : 'node b'));
    expect([await figureOf(nodes[1], 'loa_places'), await figureOf(nodes[1], 'loa_full')]).toEqual([PLACES, 0]);
    const near = await Promise.all([b.join('26506'), b.join('26506')]);
    await expect(b.join('26506')).rejects.toThrow(/429/);
    await waitFor(async () => ((await doorsAtA()).length === 0 ? '' : 'the word that node b is full'));
    expect([await figureOf(nodes[1], 'loa_places_taken'), await figureOf(nodes[1], 'loa_full')]).toEqual([PLACES, 1]);
    const answer = await fetch(`${nodes[1].url}/readyz`);
    const said = (await answer.json()) as Readiness;
    expect([answer.status, said.ready, said.degraded]).toEqual([200, true, ['places']]);
    // An emergency takes no place, and those who are here hear it; the other node takes the next one.
    await b.startLive(await b.speak(1), ['26506'], { level: 3, authority: 3 });
    const elsewhere = await a.join('26506');
    for (const receiver of [...near, elsewhere])
      await waitFor(() => (numbersOf(receiver, 1).length > 20 ? '' : 'the emergency'));
  });
});

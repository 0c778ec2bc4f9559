import { createSocket } from 'node:dgram';
import { setTimeout as delay } from 'node:timers/promises';
import type { types } from 'mediasoup';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOST_AFTER_MS } from '@loa/shared/nodes/line-tally';
import { toCsrc } from '@loa/shared/protocol/csrc';
import type { BusFrame } from '../src/pump/buses/bus.ts';
import { openTrunkEnd, type PortRange, type TrunkEnd } from '../src/pump/nodes/trunk.ts';
import { createMediaWorker, type MediaWorker } from '../src/pump/workers/media-worker.ts';
import { spokenFrame } from './support/rig.ts';
import { waitFor } from './support/wait-for.ts';

/** The line between two nodes, with the worker of each. */

const log = pino({ level: 'silent' });
const workers: MediaWorker[] = [];

beforeAll(async () => {
  const workerBin = process.env['MEDIASOUP_WORKER_BIN'];
  const options = { host: '127.0.0.1', announcedAddress: undefined, port: 0, workerBin, log, onDied: () => undefined };
  for (let n = 0; n < 2; n++) workers.push(await createMediaWorker(options));
});
afterAll(() => {
  for (const worker of workers) worker.close();
});

interface Node {
  readonly end: TrunkEnd;
  readonly heard: BusFrame[];
  readonly signs: string[];
}

async function openNode(n: number, encrypted: boolean, ports: PortRange | null = null): Promise<Node> {
  const heard: BusFrame[] = [];
  const signs: string[] = [];
  const worker = workers[n];
  if (!worker) throw new Error(`no worker ${n}`);
  const end = await openTrunkEnd({
    worker,
    listenAddress: '127.0.0.1',
    announcedAddress: undefined,
    ports,
    encrypted,
    onFrame: (frame) => heard.push(frame),
    onSign: (payload) => signs.push(payload.toString()),
    onClosed: () => undefined,
  });
  return { end, heard, signs };
}

function frameOf(tone: number, n: number): BusFrame {
  return {
    csrc: toCsrc({ rank: 132, tag: tone, overlay: tone % 2 === 0 }),
    timestamp: (0xfffff000 + n * 960) >>> 0,
    marker: n % 10 === 9,
    payload: spokenFrame(tone, n),
  };
}

describe.each([
  ['plain', false],
  ['encrypted', true],
] as const)('a trunk, %s', (_, encrypted) => {
  it('carries the frames of several programs both ways, with their labels and stamps untouched', async () => {
    const [a, b] = [await openNode(0, encrypted), await openNode(1, encrypted)];
    expect(a.end.offer.srtp === null).toBe(!encrypted);
    const offerOfA = a.end.offer;
    await a.end.connect(b.end.offer);
    await b.end.connect(offerOfA);
    expect(a.end.offer.connectedTo).toBe(b.end.offer.endId);
    const sent: BusFrame[] = [];
    for (let n = 0; n < 50; n++) {
      for (const tone of [7, 8]) {
        const frame = frameOf(tone, n);
        sent.push(frame);
        a.end.send(frame);
        b.end.send(frame);
      }
    }
    await waitFor(() => (a.heard.length >= 100 && b.heard.length >= 100 ? '' : `${a.heard.length}, ${b.heard.length}`));
    expect(a.heard).toEqual(sent);
    expect(b.heard).toEqual(sent);
    a.end.close();
    b.end.close();
  });
});

describe('ND8: a trunk without any program', () => {
  it('is heard by its signs, which are no frames, until the other end is gone', async () => {
    const [a, b] = [await openNode(0, false), await openNode(1, false)];
    const offerOfA = a.end.offer;
    await a.end.connect(b.end.offer);
    await b.end.connect(offerOfA);
    const connectedAt = a.end.heardAtMs;
    await waitFor(() => {
      b.end.sendSign(Buffer.from('{"v":1}'));
      return a.end.heardAtMs > connectedAt ? '' : 'a sign';
    });
    b.end.close();
    a.end.sendSign(Buffer.from('{"v":1}'));
    expect(a.signs[0]).toBe('{"v":1}');
    expect([a.heard, b.heard]).toEqual([[], []]);
    a.end.close();
  });
});

/** A link between two plain ends that throws away what `drops` says of a packet on its way to b. */
async function linkBetween(a: TrunkEnd, b: TrunkEnd, drops: (packet: Buffer) => boolean): Promise<{ close(): void }> {
  const [beforeA, beforeB] = [createSocket('udp4'), createSocket('udp4')];
  for (const socket of [beforeA, beforeB]) await new Promise<void>((go) => socket.bind(0, '127.0.0.1', go));
  const [offerOfA, offerOfB] = [a.offer, b.offer];
  beforeA.on('message', (packet) => void (drops(packet) || beforeB.send(packet, offerOfB.port, '127.0.0.1')));
  beforeB.on('message', (packet) => void beforeA.send(packet, offerOfA.port, '127.0.0.1'));
  await a.connect({ ...offerOfB, port: beforeA.address().port });
  await b.connect({ ...offerOfA, port: beforeB.address().port });
  return {
    close() {
      beforeA.close();
      beforeB.close();
    },
  };
}

describe('ND61: a line that loses packets', () => {
  const isRtcp = (packet: Buffer) => (packet[1] ?? 0) >= 200 && (packet[1] ?? 0) <= 206;
  const FRAMES = 200;

  it.each([
    ['and sends them again when it is asked to, has lost none', true],
    ['for good has lost as many as did not come', false],
  ])('%s', async (_, sendsAgain) => {
    const [a, b] = [await openNode(0, false), await openNode(1, false)];
    const dropped = new Set<number>();
    const seen = new Set<number>();
    const link = await linkBetween(a.end, b.end, (packet) => {
      if (isRtcp(packet)) return false;
      const sequence = packet.readUInt16BE(2);
      const isFirst = !seen.has(sequence);
      seen.add(sequence);
      // Not the first ones: whoever hears a stream begin does not know what was before.
      if (isFirst && seen.size > 20 && seen.size < FRAMES && seen.size % 10 === 0) dropped.add(sequence);
      // What is sent again has its old number.
      return dropped.has(sequence) && (isFirst || !sendsAgain);
    });
    for (let n = 0; n < FRAMES; n++) {
      a.end.send(frameOf(7, n));
      await delay(5);
    }
    await delay(2 * LOST_AFTER_MS);
    expect(dropped.size).toBeGreaterThan(10);
    const lost = sendsAgain ? 0 : dropped.size;
    expect(b.end.counts).toEqual({ received: FRAMES - lost, lost });
    expect(b.heard).toHaveLength(FRAMES - lost);
    a.end.close();
    b.end.close();
    link.close();
  });
});

describe('trunks for which ports were opened', () => {
  it('take those and no others, also several workers of one node, and give them back', async () => {
    const first = await openNode(0, false);
    const { port } = first.end.offer;
    first.end.close();
    const ports = { min: port, max: port + 7 };
    for (let round = 0; round < 3; round++) {
      const ends = await Promise.all([0, 1, 0, 1].map(async (n) => (await openNode(n, false, ports)).end));
      const taken = ends.map(({ offer }) => offer.port);
      expect(new Set(taken).size).toBe(ends.length);
      for (const each of taken) expect(each >= ports.min && each <= ports.max, String(each)).toBe(true);
      for (const end of ends) end.close();
    }
  });
});

describe('a trunk whose end cannot be made', () => {
  it('leaves nothing open', async () => {
    const [worker] = workers;
    if (!worker) throw new Error('no worker');
    const media = await worker.usualRouter();
    const transports: types.Transport[] = [];
    const createPipeTransport = async (options: never) => {
      const transport = await media.router.createPipeTransport(options);
      transports.push(transport);
      transport.consume = () => Promise.reject(new Error('the worker refuses'));
      return transport;
    };
    const createDirectTransport = async () => {
      const transport = await media.router.createDirectTransport();
      transports.push(transport);
      return transport;
    };
    const router = { createPipeTransport, createDirectTransport };
    await expect(
      openTrunkEnd({
        worker: { usualRouter: () => Promise.resolve({ ...media, router }) } as never,
        listenAddress: '127.0.0.1',
        announcedAddress: undefined,
        ports: null,
        encrypted: false,
        onFrame: () => undefined,
        onSign: () => undefined,
        onClosed: () => undefined,
      }),
    ).rejects.toThrow('refuses');
    expect(transports.map(({ closed }) => closed)).toEqual([true, true]);
  });
});

describe('a trunk whose keys are not the peer’s', () => {
  it('lets nothing through', async () => {
    const [a, b, other] = [await openNode(0, true), await openNode(1, true), await openNode(1, true)];
    const offerOfA = a.end.offer;
    await a.end.connect(b.end.offer);
    await b.end.connect({ ...offerOfA, srtp: other.end.offer.srtp });
    for (let n = 0; n < 50; n++) a.end.send(frameOf(7, n));
    // What comes the right way shows that the time was enough.
    for (let n = 0; n < 50; n++) b.end.send(frameOf(8, n));
    await waitFor(() => (a.heard.length >= 50 ? '' : 'the way back'));
    expect(b.heard).toEqual([]);
    for (const { end } of [a, b, other]) end.close();
  });
});

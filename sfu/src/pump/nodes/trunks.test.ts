import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { ZoneId } from '@loa/shared/ids';
import type { NodeId } from '../../config/node-name.ts';
import type { WorkerPool } from '../workers/worker-pool.ts';
import { type NodeRecord, nodeRecordSchema } from './node-record.ts';
import type { TrunkEnd } from './trunk.ts';
import { createTrunks } from './trunks.ts';

const ZONE = 'zone-1' as ZoneId;
const FRAME = { csrc: 1, timestamp: 0, marker: false, payload: Buffer.from([1]) };

interface FakeEnd extends TrunkEnd {
  readonly sent: number;
  /** Lets the connection that is under way come about. */
  settle(): void;
  /** Lets it fail. */
  fail(): void;
}

function createFakeEnd(endId: string): FakeEnd {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let connectedTo: string | null = null;
  let sent = 0;
  return {
    get offer() {
      return { endId, connectedTo, address: '127.0.0.1', port: 1, ssrc: 1, srtp: null };
    },
    connect(peer) {
      connectedTo = peer.endId;
      return promise;
    },
    send: () => void (sent += 1),
    sendSign: () => undefined,
    get heardAtMs() {
      return performance.now();
    },
    counts: { received: 100, lost: 7 },
    roundTripMs: () => Promise.resolve(1.5),
    close: () => undefined,
    get sent() {
      return sent;
    },
    settle: () => resolve(),
    fail: () => reject(new Error('it does not answer')),
  };
}

/** The record of node b, whose end is `endId`. */
function recordOf(endId: string, connectedTo: string | null, audience: ZoneId[]): ReadonlyMap<NodeId, NodeRecord> {
  const record = nodeRecordSchema.parse({
    v: 1,
    node: 'b',
    run: crypto.randomUUID(),
    audience,
    trunks: { a: { endId, connectedTo, address: '127.0.0.1', port: 1, ssrc: 1, srtp: null } },
  });
  return new Map([[record.node, record]]);
}

function createTestTrunks() {
  const ends: FakeEnd[] = [];
  let knowsAudiences = true;
  const trunks = createTrunks({
    node: 'a' as NodeId,
    workers: {
      use() {
        const end = createFakeEnd(`a${ends.length}`);
        ends.push(end);
        return Promise.resolve(end as never);
      },
    } as unknown as WorkerPool,
    listenAddress: '127.0.0.1',
    announcedAddress: undefined,
    ports: null,
    encrypted: false,
    logger: pino({ level: 'silent' }),
    knowsAudiences: () => knowsAudiences,
    onFrame: () => undefined,
    onWord: () => undefined,
    onChanged: () => undefined,
  });
  return { trunks, ends, forgetAudiences: () => void (knowsAudiences = false) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('ND2: a line whose end is replaced while it is being connected', () => {
  it('is not taken for connected because the old end is', async () => {
    const { trunks, ends } = createTestTrunks();
    trunks.follow(recordOf('b1', null, [ZONE]));
    await settled();
    trunks.follow(recordOf('b2', 'another', [ZONE]));
    await settled();
    expect(ends.map(({ offer }) => offer.connectedTo)).toEqual(['b1', null]);
    ends[0]?.settle();
    await settled();
    expect(trunks.up).toBe(0);
    trunks.carry([ZONE], FRAME);
    expect(ends[1]?.sent).toBe(0);
    trunks.close();
  });

  it('does not take the new end with it when the old one fails late', async () => {
    const { trunks, ends } = createTestTrunks();
    trunks.follow(recordOf('b1', null, [ZONE]));
    await settled();
    trunks.follow(recordOf('b2', 'another', [ZONE]));
    await settled();
    trunks.follow(recordOf('b2', 'a1', [ZONE]));
    ends[1]?.settle();
    await settled();
    expect(trunks.up).toBe(1);
    ends[0]?.fail();
    await settled();
    expect(trunks.up).toBe(1);
    trunks.close();
  });
});

describe('ND32: what goes onto a line', () => {
  it('what the peer has an audience for; everything while that is not known', async () => {
    const { trunks, ends, forgetAudiences } = createTestTrunks();
    trunks.follow(recordOf('b1', null, [ZONE]));
    await settled();
    ends[0]?.settle();
    await settled();
    trunks.carry([ZONE], FRAME);
    trunks.carry(['zone-2' as ZoneId], FRAME);
    expect(ends[0]?.sent).toBe(1);
    forgetAudiences();
    trunks.carry(['zone-2' as ZoneId], FRAME);
    expect(ends[0]?.sent).toBe(2);
    trunks.close();
  });
});

describe('ND61: what is told of a line', () => {
  it('is all that came and did not come from this node, over the ends that are gone too', async () => {
    const { trunks } = createTestTrunks();
    trunks.follow(recordOf('b1', null, [ZONE]));
    await settled();
    expect(trunks.figures).toEqual([{ peer: 'b', received: 100, lost: 7, roundTripMs: null }]);
    // The peer has a new end, so this node makes one too.
    trunks.follow(recordOf('b2', 'another', [ZONE]));
    await settled();
    expect(trunks.figures).toEqual([{ peer: 'b', received: 200, lost: 14, roundTripMs: null }]);
    trunks.close();
  });
});

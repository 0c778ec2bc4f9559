import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseRedisAddress } from '../src/pump/log/redis-address.ts';
import { createRedisConnection } from '../src/pump/log/redis-connection.ts';
import { VACANT_AFTER_MS } from '../src/pump/nodes/lease-book.ts';
import { createLeases, type Leases } from '../src/pump/nodes/leases.ts';
import { PROTECTED_CONFIGS, type RedisServer, startRedisServer } from './support/redis-server.ts';
import { waitFor } from './support/wait-for.ts';

/** Leases of several nodes on a real Redis. */

const logger = pino({ level: 'silent' });
let redis: RedisServer;
const open: Array<() => unknown> = [];

beforeAll(async () => {
  redis = await startRedisServer(...PROTECTED_CONFIGS);
});
afterAll(() => redis.close());
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

interface Node {
  readonly leases: Leases;
  /** Nothing is renewed any more. */
  abandon(): void;
  /** Goes on with its clock so much further. */
  wakeAfter(ms: number): void;
}

function createNode(): Node {
  const address = parseRedisAddress(redis.url);
  if (!address) throw new Error('no address');
  const connection = createRedisConnection(address, logger);
  let asleep = false;
  let sleptMs = 0;
  const leases = createLeases({
    connection: {
      call: (commands) =>
        asleep
          ? Promise.resolve({ ok: false, error: { detail: 'asleep', refused: false } })
          : connection.call(commands),
    },
    token: randomUUID(),
    logger,
    now: () => performance.now() + sleptMs,
    catchUp: () => Promise.resolve(),
    onChanged: () => undefined,
  });
  open.push(async () => {
    await leases.close();
    connection.close();
  });
  return {
    leases,
    abandon() {
      asleep = true;
    },
    wakeAfter(ms) {
      asleep = false;
      sleptMs += ms;
    },
  };
}

const untilHeld = (node: Node, name: string) => waitFor(() => (node.leases.keeps(name) ? '' : `the lease ${name}`));

describe('LS2: exactly one node holds a lease', () => {
  it('of several that want it, and the next one when it is given back', async () => {
    const nodes = [createNode(), createNode(), createNode()];
    const holders = () => nodes.filter(({ leases }) => leases.keeps('playout:1'));
    for (const { leases } of nodes) leases.want(new Set(['playout:1', `own:${leases.token}`]));
    for (const node of nodes) await untilHeld(node, `own:${node.leases.token}`);
    await waitFor(() => (holders().length > 0 ? '' : 'a holder'));
    expect(holders()).toHaveLength(1);
    const [first] = holders();
    first?.leases.want(new Set());
    await waitFor(() => (holders().length === 1 && holders()[0] !== first ? '' : 'the next holder'));
  });

  it('ND60: a node that stands still loses it, knows that by itself, and cannot get it back from the next', async () => {
    const [sleeper, next] = [createNode(), createNode()];
    sleeper.leases.want(new Set(['playout:2']));
    await untilHeld(sleeper, 'playout:2');
    next.leases.want(new Set(['playout:2']));
    sleeper.abandon();
    await waitFor(async () =>
      (await redis.send('GET', 'loa:lease:playout:2')) === next.leases.token ? '' : 'the next holder',
    );
    sleeper.wakeAfter(60_000);
    const since = performance.now();
    await waitFor(() => {
      expect(sleeper.leases.keeps('playout:2')).toBe(false);
      return performance.now() - since > 1_500 ? '' : 'its time is not up';
    });
    expect(next.leases.keeps('playout:2')).toBe(true);
    expect(await redis.send('GET', 'loa:lease:playout:2')).toBe(next.leases.token);
  });
});

describe('LS3: who watches', () => {
  it('sees that nobody holds it, when the holder is gone for good', async () => {
    const [holder, watcher] = [createNode(), createNode()];
    holder.leases.want(new Set(['source:1']));
    await untilHeld(holder, 'source:1');
    watcher.leases.watch(new Set(['source:1']));
    holder.abandon();
    await waitFor(() => (watcher.leases.isVacant('source:1') ? '' : 'the vacancy'));
  });

  it('does not take for gone who cannot renew because Redis writes nothing', async () => {
    const [holder, watcher] = [createNode(), createNode()];
    holder.leases.want(new Set(['source:2']));
    await untilHeld(holder, 'source:2');
    watcher.leases.watch(new Set(['source:2']));
    await redis.refuseWrites();
    const gone = async () => (await redis.send('GET', 'loa:lease:source:2')) === null;
    await waitFor(async () => ((await gone()) ? '' : 'the end of the lease in Redis'));
    const since = performance.now();
    await waitFor(() => {
      expect(watcher.leases.isVacant('source:2')).toBe(false);
      return performance.now() < since + 1.5 * VACANT_AFTER_MS ? 'its time is not up' : '';
    });
    expect(holder.leases.keeps('source:2')).toBe(true);
    await redis.takeWrites();
    await untilHeld(holder, 'source:2');
    expect(watcher.leases.isVacant('source:2')).toBe(false);
  });
});

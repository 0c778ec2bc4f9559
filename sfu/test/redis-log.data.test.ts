import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Command } from '@loa/shared/broadcasts/commands';
import { loggedEventSchema } from '@loa/shared/broadcasts/events';
import { broadcastId, SOMEBODY, specOf } from '../../shared/test/support/session.ts';
import { APPEND_DEADLINE_MS } from '../src/pump/log/redis-store.ts';
import { type LogNode, startLogNode } from './support/log-node.ts';
import type { RedisLogClientOptions } from './support/redis-node.ts';
import { type RedisServer, startRedisServer } from './support/redis-server.ts';
import { type Relay, startRelay } from './support/relay.ts';
import { waitFor } from './support/wait-for.ts';

/** Nodes that share a log on a real Redis, and what becomes of it when links, Redis or its data go away. */

let redis: RedisServer;
let closers: Array<() => Promise<unknown>>;
beforeEach(async () => {
  redis = await startRedisServer();
  closers = [() => redis.close()];
});
afterEach(async () => {
  for (const close of closers.reverse()) await close();
});

const node = async (name: string, options: Partial<RedisLogClientOptions> = {}): Promise<LogNode> => {
  const started = await startLogNode({ url: redis.url, node: name, ...options });
  closers.push(() => started.close());
  return started;
};

/** A node behind a link of its own. */
const linkedNode = async (name: string, options: Partial<RedisLogClientOptions> = {}): Promise<[LogNode, Relay]> => {
  const relay = await startRelay(redis.port);
  closers.push(() => relay.close());
  return [await node(name, { url: `redis://127.0.0.1:${relay.port}`, ...options }), relay];
};

const start = (id: string, zone: string, changes = {}): Command => ({
  type: 'start',
  spec: specOf(id, [zone], changes),
});
const stop = (id: string): Command => ({ type: 'stop', broadcastId: broadcastId(id), by: SOMEBODY });

const accepted = async (on: LogNode, command: Command): Promise<void> => {
  const result = await on.runner.submit(command);
  expect(result, JSON.stringify(command)).toMatchObject({ ok: true });
};
const refusalOf = async (on: LogNode, command: Command): Promise<string> => {
  const result = await on.runner.submit(command);
  return result.ok ? 'accepted' : result.error.code;
};
/** Starts and stops, two events each. */
const work = async (on: LogNode, count: number, prefix: string): Promise<void> => {
  for (let n = 0; n < count; n++) {
    await accepted(on, start(`${prefix}${n}`, 'w1'));
    await accepted(on, stop(`${prefix}${n}`));
  }
};
const live = (on: LogNode): string[] => [...on.runner.state.broadcasts.keys()].sort();
const untilSame = (...nodes: LogNode[]) =>
  waitFor(() => {
    const heads = nodes.map(({ log }) => `${log.head.version} ${log.head.hash.slice(0, 6)} ${String(log.reachable)}`);
    return new Set(heads).size === 1 && nodes[0]?.log.reachable ? '' : heads.join(', ');
  });
const streamVersions = async (): Promise<number[]> => {
  const entries = (await redis.send('XRANGE', 'loa:log', '-', '+')) as Array<[string, string[]]>;
  return entries.map(([id, fields]) => {
    const entry = loggedEventSchema.parse(JSON.parse(fields[1] ?? ''));
    expect(id).toBe(`${entry.version}-0`);
    return entry.version;
  });
};
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('several nodes', () => {
  it('EL1: decide one after the other, and fold the same', async () => {
    const nodes = await Promise.all(['a', 'b', 'c'].map((name) => node(name)));
    const outcomes = await Promise.all(nodes.map((each, n) => refusalOf(each, start(`x${n}`, 'w1'))));
    expect(outcomes.sort()).toEqual(['accepted', 'zones-taken', 'zones-taken']);
    await untilSame(...nodes);
    expect(live(nodes[0]!)).toHaveLength(1);
    expect(new Set(nodes.map((each) => each.stateText())).size).toBe(1);
  });

  it('EL3: a new node begins from the stored state and folds only the rest', async () => {
    const a = await node('a', { limits: { eventsPerState: 10 } });
    await accepted(a, start('stays', 'w2'));
    await work(a, 20, 'x');
    const b = await node('b');
    expect(b.stateText()).toBe(a.stateText());
    expect(b.folded.length).toBeLessThan(20);
    expect((await b.log.readAfter(0, 100)).map(({ version }) => version)).toEqual(range(1, 41));
  });

  it('EL10: an append under a lease that another one holds does nothing', async () => {
    const { log } = await node('a');
    const event = { type: 'broadcast-unpaused', broadcastId: broadcastId('x'), by: SOMEBODY } as const;
    const append = (token: string) => log.append(log.head.version, [event], 1, { fence: { lease: 'source:m', token } });
    expect(await append('7')).toEqual({ ok: false, error: { code: 'fenced' } });
    await redis.send('SET', 'loa:lease:source:m', '7', 'PX', '60000');
    expect(await append('6')).toEqual({ ok: false, error: { code: 'fenced' } });
    expect(await append('7')).toMatchObject({ ok: true });
    await redis.send('DEL', 'loa:lease:source:m');
    expect(await append('7')).toEqual({ ok: false, error: { code: 'fenced' } });
    expect(await streamVersions()).toEqual([1]);
  });
});

describe('what is trimmed', () => {
  const limits = { keptEvents: 5, eventsPerState: 10, eventsPerTrim: 1 };

  it('EL4: nothing that the database or the stored state lacks, nor the newest', async () => {
    const a = await node('a', { limits });
    await work(a, 20, 'x');
    expect(await streamVersions()).toEqual(range(1, 40));
    a.log.forgetUpTo(17);
    await waitFor(async () => `${String(await redis.send('XLEN', 'loa:log'))} of 23`.replace('23 of 23', ''));
    expect(await streamVersions()).toEqual(range(18, 40));
    a.log.forgetUpTo(40);
    await waitFor(async () => `${String(await redis.send('XLEN', 'loa:log'))} of 5`.replace('5 of 5', ''));
    expect(await streamVersions()).toEqual(range(36, 40));
    expect(Number(await redis.send('HGET', 'loa:log:state', 'version'))).toBeGreaterThanOrEqual(35);
  });

  it('EL4: without a stored state nothing goes', async () => {
    const a = await node('a', { limits: { ...limits, eventsPerState: 1_000 } });
    await work(a, 20, 'x');
    a.log.forgetUpTo(40);
    await accepted(a, start('last', 'w1'));
    expect(await streamVersions()).toEqual(range(1, 41));
  });

  it('EL4: a node that was away longer begins from the stored state', async () => {
    const a = await node('a', { limits });
    const [b, link] = await linkedNode('b', { limits });
    await accepted(a, start('stays', 'w2'));
    await untilSame(a, b);
    link.cut();
    await work(a, 30, 'x');
    a.log.forgetUpTo(a.log.head.version);
    await waitFor(async () => ((await redis.send('XLEN', 'loa:log')) === 5 ? '' : 'not trimmed'));
    expect(live(b)).toEqual(['stays']);
    link.heal();
    await untilSame(a, b);
    expect(b.replacements).toBe(1);
    expect(b.stateText()).toBe(a.stateText());
    await accepted(b, stop('stays'));
    await untilSame(a, b);
    expect(live(a)).toEqual([]);
  });
});

describe('Redis is away', () => {
  it('EL9: killed: commands are refused, the state stays, and work goes on when it is back', async () => {
    const [a, b] = [await node('a'), await node('b')];
    await accepted(a, start('x', 'w1'));
    await untilSame(a, b);
    await redis.kill();
    expect(await refusalOf(a, start('y', 'w2'))).toBe('log-away');
    expect(await refusalOf(b, stop('x'))).toBe('log-away');
    await waitFor(() => (a.log.reachable || b.log.reachable ? 'not noticed' : ''));
    expect(live(a)).toEqual(['x']);
    await redis.start();
    await untilSame(a, b);
    await accepted(b, start('y', 'w2'));
    await untilSame(a, b);
    expect(live(a)).toEqual(['x', 'y']);
  });

  it('EL9: silent: what was given up does not happen afterwards', async () => {
    const a = await node('a');
    await accepted(a, start('x', 'w1'));
    redis.pause();
    const given = performance.now();
    expect(await refusalOf(a, stop('x'))).toBe('log-away');
    // The command lies in a socket and is read first of all when Redis goes on.
    await waitFor(() => (performance.now() < given + 1.5 * APPEND_DEADLINE_MS ? 'its time is not up' : ''));
    redis.resume();
    await waitFor(() => (a.log.reachable ? '' : 'away'));
    expect(live(a)).toEqual(['x']);
    expect(await streamVersions()).toEqual([1]);
    await accepted(a, stop('x'));
  });

  it('EL9: behind a link that drops everything: refused, and found again when it heals', async () => {
    const b = await node('b');
    const [a, link] = await linkedNode('a');
    await accepted(a, start('x', 'w1'));
    link.mute();
    expect(await refusalOf(a, start('y', 'w2'))).toBe('log-away');
    await accepted(b, start('z', 'w2'));
    link.heal();
    await untilSame(a, b);
    expect(live(a)).toEqual(['x', 'z']);
  });

  it('EL9: what waits is bounded, and the same report waits once', async () => {
    const a = await node('a');
    redis.pause();
    const ticks = Array.from({ length: 500 }, () => a.runner.submit({ type: 'tick' }));
    const starts = Array.from({ length: 500 }, (_, n) => refusalOf(a, start(`s${n}`, 'w1')));
    expect(new Set(ticks).size).toBe(1);
    expect(new Set(await Promise.all(starts))).toEqual(new Set(['log-away']));
    redis.resume();
  });
});

describe('Redis has lost something', () => {
  it('EL5: everything: the first node writes it again, and the others agree', async () => {
    const [a, b] = [await node('a'), await node('b')];
    await work(a, 5, 'x');
    await accepted(a, start('stays', 'w2'));
    await untilSame(a, b);
    await redis.send('FLUSHALL');
    await accepted(a, start('y', 'w1'));
    await accepted(b, start('z', 'w3'));
    await untilSame(a, b);
    const c = await node('c');
    expect(c.stateText()).toBe(a.stateText());
    expect(live(c)).toContain('stays');
    expect([a.replacements, b.replacements]).toEqual([0, 0]);
    expect(await streamVersions()).toEqual(range(1, a.log.head.version));
  });

  it('EL5: its end: exactly the missing events come back', async () => {
    const [a, b] = [await node('a'), await node('b')];
    await work(a, 3, 'x');
    await untilSame(a, b);
    const before = redis.copyData();
    await accepted(b, start('stays', 'w2'));
    await work(a, 3, 'y');
    await untilSame(a, b);
    const { head } = a.log;
    await redis.kill();
    await redis.start(before);
    await waitFor(async () => ((await streamVersions()).length === head.version ? '' : 'events are missing'));
    await untilSame(a, b);
    expect(a.log.head).toEqual(head);
    expect([a.replacements, b.replacements]).toEqual([0, 0]);
    expect((await node('c')).stateText()).toBe(a.stateText());
  });

  it('EL6, EL7: its end, and others went on without it: the log stays, lost orders are given again', async () => {
    const [a, link] = await linkedNode('a');
    await accepted(a, start('both', 'w3'));
    const before = redis.copyData();
    await accepted(a, start('mine', 'w1', { level: 2 }));
    await accepted(a, stop('both'));
    link.cut();
    await redis.kill();
    await redis.start(before);
    const b = await node('b');
    expect(live(b)).toEqual(['both']);
    await accepted(b, start('theirs', 'w1'));
    const { hash } = b.log.head;
    link.heal();
    await waitFor(() => (live(b).join() === 'mine,theirs' ? '' : live(b).join()));
    await untilSame(a, b);
    expect(a.replacements).toBe(1);
    expect(b.replacements).toBe(0);
    expect(a.folded.some((entry) => entry.hash === hash)).toBe(true);
    expect(a.stateText()).toBe(b.stateText());
    expect(b.runner.state.broadcasts.get(broadcastId('theirs'))?.interrupted).not.toEqual([]);
  });

  it('EL5, EL40: a log that is older than the database is not gone on with', async () => {
    const a = await node('a');
    await work(a, 3, 'x');
    await a.close();
    const start41 = { version: 41, hash: 'f'.repeat(64) };
    const ended = {
      type: 'broadcast-ended',
      broadcastId: broadcastId('y'),
      reason: 'restarted',
      by: null,
      detail: null,
    };
    const b = await node('b', { start: start41, firstEvents: [ended as never] });
    expect(b.folded).toMatchObject([{ version: 42, prevHash: start41.hash, event: ended }]);
    expect(b.log.head.version).toBe(42);
  });

  it('EL40: a node that begins beside one whose way to Redis comes back later ends nothing of it', async () => {
    const [a, link] = await linkedNode('a');
    await work(a, 2, 'x');
    await accepted(a, start('stays', 'w2'));
    const end = a.log.head;
    const restarted = { type: 'broadcast-ended', broadcastId: broadcastId('stays'), reason: 'restarted' } as const;
    link.mute();
    await redis.send('FLUSHALL');
    const opening = node('b', { start: end, firstEvents: [{ ...restarted, by: null, detail: null }] });
    // Longer than a log that is missing is waited for when nothing is on air.
    await sleep(2_500);
    link.heal();
    const b = await opening;
    await untilSame(a, b);
    expect([live(a), live(b), a.replacements]).toEqual([['stays'], ['stays'], 0]);
  });
});

describe('with a replica', () => {
  it('EL2: an event that no replica has is not decided; nobody folds it until one has it', async () => {
    const replica = await startRedisServer('--replicaof', '127.0.0.1', String(redis.port));
    closers.push(() => replica.close());
    await waitFor(async () =>
      String(await redis.send('INFO', 'replication')).includes('state=online') ? '' : 'no replica',
    );
    const [a, b] = [await node('a', { replicas: 1 }), await node('b', { replicas: 1 })];
    await accepted(a, start('x', 'w1'));
    await untilSame(a, b);
    replica.pause();
    expect(await refusalOf(a, start('y', 'w2'))).toBe('log-away');
    expect(await refusalOf(b, start('z', 'w3'))).toBe('log-away');
    expect(await streamVersions()).toEqual([1, 2]);
    expect([live(a), live(b)]).toEqual([['x'], ['x']]);
    replica.resume();
    await untilSame(a, b);
    expect(live(b)).toEqual(['x', 'y']);
    await accepted(b, start('z', 'w3'));
  });
});

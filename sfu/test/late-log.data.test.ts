import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Command } from '@loa/shared/broadcasts/commands';
import { broadcastId, SOMEBODY, specOf } from '../../shared/test/support/session.ts';
import { createRunner, type Runner } from '../src/pump/broadcasts/runner.ts';
import type { EventLog, LogHead } from '../src/pump/log/event-log.ts';
import { createLogSource } from '../src/pump/log/open-log.ts';
import { parseRedisAddress } from '../src/pump/log/redis-address.ts';
import { LOG_TREE, type LogNode, startLogNode } from './support/log-node.ts';
import { type RedisServer, startRedisServer } from './support/redis-server.ts';
import { waitFor } from './support/wait-for.ts';

/** LA10: nodes without sound that begin while there is no Redis. */

const logger = pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });
const BEGINNING: LogHead = { version: 0, hash: '' };
let redis: RedisServer;
let closers: Array<() => Promise<unknown>>;
beforeEach(async () => {
  redis = await startRedisServer();
  closers = [() => redis.close()];
});
afterEach(async () => {
  for (const close of closers.reverse()) await close();
});

interface Node {
  readonly log: EventLog;
  readonly runner: Runner;
}

/** Begins as a pump does, after `start`, the end of the database. */
async function begin(start: LogHead = BEGINNING): Promise<Node> {
  const address = parseRedisAddress(redis.url);
  if (!address) throw new Error('no address');
  const source = createLogSource({ address, replicas: 0 }, randomUUID(), logger);
  closers.push(() => source.close());
  const usedKeys = new Map();
  const log = await source.open(start, { nextTag: 1, usedKeys, events: [], at: 1_700_000_000_000 });
  const air = { apply: () => undefined, followTree: () => undefined };
  const runner = createRunner({ log, tree: LOG_TREE, nextTag: 1, usedKeys, air, logger, now: Date.now });
  await log.catchUp();
  return { log, runner };
}

async function other(): Promise<LogNode> {
  const node = await startLogNode({ url: redis.url, node: 'other' });
  closers.push(() => node.close());
  return node;
}

const start = (id: string, zone: string, level: 1 | 3): Command => ({
  type: 'start',
  spec: specOf(id, [zone], { level }),
});
const stop = (id: string): Command => ({ type: 'stop', broadcastId: broadcastId(id), by: SOMEBODY });
const outcome = async ({ runner }: Pick<Node, 'runner'>, command: Command): Promise<string> => {
  const result = await runner.submit(command);
  return result.ok ? 'accepted' : result.error.code;
};
const live = ({ runner }: Pick<Node, 'runner'>) => [...runner.state.broadcasts.keys()].sort().join();
const untilSame = (...all: ReadonlyArray<Pick<Node, 'log' | 'runner'>>) =>
  waitFor(() => {
    const heads = all.map(
      ({ log, runner }) =>
        `${log.head.version} ${log.head.hash.slice(0, 6)} ${String(log.reachable)} ${live({ runner })}`,
    );
    return new Set(heads).size === 1 && heads[0]?.includes('true') ? '' : heads.join(' | ');
  });

describe('LA10: a node that begins while the log is away', () => {
  it('decides about emergencies on its own, and about nothing else', async () => {
    await redis.kill();
    const node = await begin();
    expect([node.log.reachable, node.log.localAfter]).toEqual([false, null]);
    expect(await outcome(node, start('news', 'w2', 1))).toBe('log-away');
    expect(await outcome(node, start('alarm', 'w1', 3))).toBe('accepted');
    expect(node.log.localAfter).toBe(0);
    expect(await outcome(node, start('brief', 'w2', 3))).toBe('accepted');
    expect(await outcome(node, stop('brief'))).toBe('accepted');
    expect(live(node)).toBe('alarm');
  });

  it('joins the log when it is there, takes over what the others have on air, and brings its emergency', async () => {
    const there = await other();
    expect(await outcome(there, start('talk', 'w2', 1))).toBe('accepted');
    const end = there.log.head;
    await redis.kill();
    const node = await begin(end);
    expect(live(node)).toBe('');
    expect(await outcome(node, start('alarm', 'w1', 3))).toBe('accepted');
    const tag = node.runner.state.broadcasts.get(broadcastId('alarm'))?.tag;
    let standings = 0;
    node.log.onStanding(() => (standings += 1));
    await redis.start();
    // For a moment both know the log alone: the emergency is given again after that (LA4).
    await waitFor(() => (live(there) === 'alarm,talk' ? '' : live(there)));
    await untilSame(node, there);
    expect(there.runner.state.broadcasts.get(broadcastId('alarm'))?.tag).toBe(tag);
    expect(node.log.localAfter).toBeNull();
    expect(standings).toBeGreaterThan(0);
    expect(await outcome(node, stop('talk'))).toBe('accepted');
    await untilSame(node, there);
  });

  it('begins the log itself where there is none, and writes nothing twice', async () => {
    await redis.kill();
    const node = await begin();
    expect(await outcome(node, start('alarm', 'w1', 3))).toBe('accepted');
    // Nothing was ever written to it.
    await redis.start();
    const there = await other();
    await waitFor(() => (live(there) === 'alarm' ? '' : live(there)));
    await untilSame(node, there);
    const started = (await there.log.readAfter(0, 100)).filter(({ event }) => event.type === 'broadcast-started');
    expect(started).toHaveLength(1);
  });

  it('goes on trying when what is in the log cannot be read', async () => {
    const there = await other();
    expect(await outcome(there, start('talk', 'w2', 1))).toBe('accepted');
    const end = there.log.head;
    await redis.kill();
    const node = await begin(end);
    await redis.start();
    const state = (await redis.send('HGET', 'loa:log:state', 'state')) as string;
    await redis.send('HSET', 'loa:log:state', 'state', '{"of":"another version"}');
    await sleep(1_500);
    expect(node.log.reachable).toBe(false);
    await redis.send('HSET', 'loa:log:state', 'state', state);
    await untilSame(node, there);
    expect(live(node)).toBe('talk');
  });
});

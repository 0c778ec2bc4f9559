import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Command } from '@loa/shared/broadcasts/commands';
import { broadcastId, SOMEBODY, specOf } from '../../shared/test/support/session.ts';
import { type LogNode, startLogNode } from './support/log-node.ts';
import { PROTECTED_CONFIGS, type RedisServer, startRedisServer } from './support/redis-server.ts';
import { type Relay, startRelay } from './support/relay.ts';
import { waitFor } from './support/wait-for.ts';

/** Nodes without sound that cannot reach the log for a while, and what becomes of what they decided meanwhile. */

let redis: RedisServer;
let closers: Array<() => Promise<unknown>>;
beforeEach(async () => {
  redis = await startRedisServer(...PROTECTED_CONFIGS);
  closers = [() => redis.close()];
});
afterEach(async () => {
  for (const close of closers.reverse()) await close();
});

const node = async (name: string): Promise<[LogNode, Relay]> => {
  const relay = await startRelay(redis.port);
  closers.push(() => relay.close());
  const started = await startLogNode({ url: `redis://127.0.0.1:${relay.port}`, node: name });
  closers.push(() => started.close());
  return [started, relay];
};

const start = (id: string, zone: string, level: 1 | 2 | 3, changes = {}): Command => ({
  type: 'start',
  spec: specOf(id, [zone], { level, ...changes }),
});
const stop = (id: string): Command => ({ type: 'stop', broadcastId: broadcastId(id), by: SOMEBODY });
const outcome = async (on: LogNode, command: Command): Promise<string> => {
  const result = await on.runner.submit(command);
  return result.ok ? 'accepted' : result.error.code;
};
const accepted = async (on: LogNode, ...commands: Command[]): Promise<void> => {
  for (const command of commands) expect(await outcome(on, command), JSON.stringify(command)).toBe('accepted');
};
const live = (on: LogNode) => [...on.runner.state.broadcasts.keys()].sort().join();
const tagOf = (on: LogNode, id: string) => on.runner.state.broadcasts.get(broadcastId(id))?.tag;
const untilAway = (...all: LogNode[]) =>
  waitFor(() => (all.some(({ log }) => log.reachable) ? 'the log is there' : ''));
const untilSame = (...all: LogNode[]) =>
  waitFor(() => {
    const heads = all.map(({ log }) => `${log.head.version} ${log.head.hash.slice(0, 6)} ${String(log.reachable)}`);
    return new Set(heads).size === 1 && heads[0]?.endsWith('true') ? '' : heads.join(', ');
  });

describe('a node that cannot reach the log', () => {
  it.each(['cut off', 'in silence'])('LA1, LA2: %s: decides about emergencies, and about nothing else', async (how) => {
    const [a, link] = await node('a');
    await accepted(a, start('talk', 'w1', 1));
    if (how === 'cut off') link.cut();
    else link.mute();
    expect(await outcome(a, start('news', 'w2', 2))).toBe('log-away');
    expect(await outcome(a, stop('talk'))).toBe('log-away');
    await accepted(a, start('alarm', 'w1', 3));
    expect(a.log.localAfter).toBe(1);
    expect(a.runner.state.broadcasts.get(broadcastId('talk'))?.interrupted).not.toEqual([]);
    await accepted(a, { type: 'extend', broadcastId: broadcastId('alarm'), lifeMs: 7_200_000, by: SOMEBODY });
    await accepted(a, stop('alarm'));
    expect(live(a)).toBe('talk');
    expect(await outcome(a, start('news', 'w2', 2))).toBe('log-away');
  });

  it('EL12: also when it can read the log, but Redis writes nothing any more; and it loses no event of before', async () => {
    const [[a], [b]] = [await node('a'), await node('b')];
    await accepted(a, start('talk', 'w1', 1));
    await redis.refuseWrites();
    await untilAway(a, b);
    expect(live(b)).toBe('talk');
    for (const on of [a, b]) expect(await outcome(on, start('news', 'w2', 2))).toBe('log-away');
    await accepted(b, start('alarm', 'w1', 3));
    expect(b.log.localAfter).toBe(1);
    await redis.takeWrites();
    await untilSame(a, b);
    expect(live(a)).toBe('alarm,talk');
    await accepted(a, start('news', 'w2', 2));
  });

  it('LA3: nobody appended meanwhile: the log gets exactly these events, and nothing changes', async () => {
    const [[a], [b]] = [await node('a'), await node('b')];
    await accepted(a, start('talk', 'w1', 1));
    await untilSame(a, b);
    await redis.kill();
    await untilAway(a, b);
    await accepted(a, start('over', 'w2', 3), stop('over'), start('alarm', 'w1', 3));
    expect(live(b)).toBe('talk');
    const { head } = a.log;
    await redis.start();
    await untilSame(a, b);
    expect(a.log.head).toEqual(head);
    expect([a.replacements, a.log.localAfter]).toEqual([0, null]);
    expect(live(b)).toBe('alarm,talk');
    expect(b.folded.map(({ event }) => event.broadcastId)).toContain('over');
    expect(a.stateText()).toBe(b.stateText());
  });

  it('LA4, LA5: others appended: it is decided again, under the same tag, and sounds throughout', async () => {
    const [[a, link], [b]] = [await node('a'), await node('b')];
    await accepted(a, start('talk', 'w1', 1));
    await untilSame(a, b);
    link.cut();
    await untilAway(a);
    await accepted(a, start('alarm', 'w1', 3), start('over', 'w2', 3), stop('over'));
    const tag = tagOf(a, 'alarm');
    await accepted(b, start('news', 'w3', 2), stop('talk'), start('other', 'w2', 3));
    const from = a.applied.length;
    link.heal();
    await untilSame(a, b);
    await waitFor(() => (live(b) === 'alarm,news,other' ? '' : live(b)));
    await untilSame(a, b);
    expect(a.replacements).toBe(1);
    expect([tagOf(a, 'alarm'), tagOf(b, 'alarm')]).toEqual([tag, tag]);
    expect(a.applied.slice(from).every((ids) => ids.includes('alarm'))).toBe(true);
    expect(a.stateText()).toBe(b.stateText());
  });

  it('LA4: two nodes on their own: both emergencies are live, the later one waits where both want the same zones', async () => {
    const [[a], [b]] = [await node('a'), await node('b')];
    await redis.kill();
    await untilAway(a, b);
    await accepted(a, start('a-own', 'w1', 3), start('a-only', 'w2', 3));
    await accepted(b, start('b-own', 'w1', 3), start('b-only', 'w3', 3));
    expect(new Set(['a-own', 'a-only'].map((id) => tagOf(a, id)))).not.toContain(tagOf(b, 'b-own'));
    await redis.start();
    await waitFor(() =>
      [a, b].every((on) => live(on) === 'a-only,a-own,b-only,b-own') ? '' : `${live(a)} ${live(b)}`,
    );
    await untilSame(a, b);
    const phases = ['a-own', 'b-own'].map((id) => a.runner.state.broadcasts.get(broadcastId(id))?.phase);
    expect(phases.sort()).toEqual(['on-air', 'waiting']);
    expect(a.stateText()).toBe(b.stateText());
  });

  it('LA4: a stop that was decided alone counts, whatever the others did with the broadcast', async () => {
    const [[a, link], [b]] = [await node('a'), await node('b')];
    await accepted(a, start('alarm', 'w1', 3));
    await untilSame(a, b);
    link.cut();
    await untilAway(a);
    await accepted(a, stop('alarm'));
    await accepted(b, { type: 'extend', broadcastId: broadcastId('alarm'), lifeMs: 7_200_000, by: SOMEBODY });
    link.heal();
    await waitFor(() => (live(b) === '' ? '' : live(b)));
    await untilSame(a, b);
    expect(live(a)).toBe('');
  });

  it('LA3: a log that comes back empty gets everything, also what was decided alone', async () => {
    const [[a, link], [b]] = [await node('a'), await node('b')];
    await accepted(a, start('talk', 'w1', 1));
    await untilSame(a, b);
    link.cut();
    await untilAway(a);
    await accepted(a, start('alarm', 'w1', 3));
    await redis.send('FLUSHALL');
    link.heal();
    await waitFor(() => (live(a) === 'alarm,talk' && live(b) === 'alarm,talk' ? '' : `${live(a)} ${live(b)}`));
    await untilSame(a, b);
  });

  it('LA1: the life of an emergency ends on time, and what has waited for that long is not ended', async () => {
    const [a, link] = await node('a');
    await accepted(a, start('talk', 'w2', 1, { maxLifeMs: 1_000 }), start('alarm', 'w1', 3, { maxLifeMs: 1_000 }));
    link.cut();
    await untilAway(a);
    await waitFor(async () => {
      await a.runner.submit({ type: 'tick' });
      return live(a) === 'talk' ? '' : live(a);
    });
    link.heal();
    await waitFor(async () => {
      await a.runner.submit({ type: 'tick' });
      return live(a) === '' ? '' : live(a);
    });
  });
});

import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { Command } from '@loa/shared/broadcasts/commands';
import { startSpecSchema } from '@loa/shared/broadcasts/commands';
import type { BroadcastId, ZoneId } from '@loa/shared/ids';
import type { LiveState } from '@loa/shared/broadcasts/state';
import { err } from '@loa/shared/result';
import { buildZoneTree } from '@loa/shared/zones/zone-tree';
import type { EventLog, Replacement } from '../log/event-log.ts';
import { createMemoryLog } from '../log/memory-log.ts';
import { createRunner, type Runner, MAX_WAITING_COMMANDS, MAX_WAITING_EMERGENCIES } from './runner.ts';

const CITY = 'city' as ZoneId;

function createTestRunner(changed: Partial<EventLog> = {}, onApply: (state: LiveState) => void = () => undefined) {
  const tree = buildZoneTree([{ id: CITY, parentId: null, kind: 'city', code: '1', name: 'Thành phố' } as never]);
  if (!tree.ok) throw new Error('tree');
  const nothing = { apply: onApply, followTree: () => undefined };
  const log: EventLog = createMemoryLog({ version: 0, hash: '' }, () => undefined);
  // With its getters: what they say changes.
  Object.defineProperties(log, Object.getOwnPropertyDescriptors(changed));
  const logger = pino({ level: 'silent' });
  return createRunner({ log, tree: tree.value, nextTag: 1, usedKeys: new Map(), air: nothing, logger, now: Date.now });
}

const by = { id: 'thử', name: 'Thử' };
const about = (type: 'stop' | 'pause' | 'unpause', who = by): Command => ({
  type,
  broadcastId: 'broadcast-1' as BroadcastId,
  by: who,
});

const stop = (n: number): Command => ({
  type: 'stop',
  broadcastId: `nobody-${n}` as BroadcastId,
  by: { id: 'thử', name: 'Thử' },
});

const start = (level: number, name = String(level)): Command => ({
  type: 'start',
  spec: startSpecSchema.parse({
    id: `broadcast-${name}`,
    key: `key-of-the-broadcast-${name}`,
    title: 'Thử',
    source: { kind: 'segment', segmentId: 'segment', durationMs: 60_000 },
    zones: [CITY],
    level,
    authority: 1,
    mode: 'replace',
    wait: false,
    by: { id: 'thử', name: 'Thử' },
  }),
});

describe('commands that wait for their turn', () => {
  it('are carried out in their order, also when somebody gives one again that waits', async () => {
    const runner = createTestRunner();
    await runner.submit(start(1));
    await Promise.all(['pause', 'unpause', 'pause'].map((type) => runner.submit(about(type as 'pause'))));
    expect([...runner.state.broadcasts.values()]).toMatchObject([{ paused: true }]);
  });

  it('an attempt that follows a stop is not answered as the one before it', async () => {
    const runner = createTestRunner();
    await runner.submit(start(1));
    const next: Command = start(1, 'next');
    const [refused, , taken] = await Promise.all([next, about('stop'), next].map((command) => runner.submit(command)));
    expect(refused).toMatchObject({ ok: false, error: { code: 'zones-taken' } });
    expect(taken).toMatchObject({ ok: true });
  });

  it('given by two people each have their own answer; the same one twice in a row has one', async () => {
    const runner = createTestRunner();
    await runner.submit(start(1));
    const first = runner.submit(about('pause'));
    expect(runner.submit(about('pause'))).toBe(first);
    const other = runner.submit(about('pause', { id: 'khác', name: 'Khác' }));
    expect(other).not.toBe(first);
    expect(await Promise.all([first, other])).toMatchObject([{ ok: true }, { ok: true }]);
  });

  it('are bounded, and BR10: an emergency has its place whatever else waits', async () => {
    const runner = createTestRunner();
    const waiting = Array.from({ length: MAX_WAITING_COMMANDS }, (_, n) => runner.submit(stop(n)));
    const [lesser, emergency] = await Promise.all([runner.submit(start(1)), runner.submit(start(3)), ...waiting]);
    expect(lesser).toMatchObject({ ok: false, error: { code: 'log-away' } });
    expect(emergency).toMatchObject({ ok: true });
    expect([...runner.state.broadcasts.keys()]).toEqual(['broadcast-3']);
  });

  it('BR10: so has the stop of an emergency', async () => {
    const runner = createTestRunner();
    await Promise.all([runner.submit(start(1)), runner.submit(start(3))]);
    const stopOf = (level: number): Command =>
      ({ ...stop(0), broadcastId: `broadcast-${level}` as BroadcastId }) as Command;
    const waiting = Array.from({ length: MAX_WAITING_COMMANDS }, (_, n) => runner.submit(stop(n)));
    const [lesser, emergency] = await Promise.all([runner.submit(stopOf(1)), runner.submit(stopOf(3)), ...waiting]);
    expect(lesser).toMatchObject({ ok: false, error: { code: 'log-away' } });
    expect(emergency).toMatchObject({ ok: true });
  });

  it('so are the emergencies themselves, with places that nothing else takes', async () => {
    const runner = createTestRunner();
    const places = MAX_WAITING_COMMANDS + MAX_WAITING_EMERGENCIES;
    const emergencies = Array.from({ length: places + 1 }, (_, n) => start(3, `alarm-${n}`));
    const outcomes = await Promise.all(emergencies.map((command) => runner.submit(command)));
    expect(outcomes.slice(0, -1).filter((outcome) => !outcome.ok && outcome.error.code === 'log-away')).toEqual([]);
    expect(outcomes.at(-1)).toMatchObject({ ok: false, error: { code: 'log-away' } });
  });
});

describe('LS22: what this node has begun on its own', () => {
  const onAirAlone = ({ sounding, others }: Runner) =>
    [...sounding.broadcasts.keys()].filter((id) => !others.broadcasts.has(id));

  it('is not what stands in a log that it has not read yet', async () => {
    const before = createTestRunner();
    await before.submit(start(3));
    const runner = createTestRunner({ opened: before.state, reachable: false });
    runner.reapply();
    expect([...runner.sounding.broadcasts.keys()]).toEqual(['broadcast-3']);
    expect(onAirAlone(runner)).toEqual([]);
  });

  it('is what only its own chain has', async () => {
    const log = createMemoryLog({ version: 0, hash: '' }, () => undefined);
    let localAfter: number | null = null;
    const runner = createTestRunner({
      get localAfter() {
        return localAfter;
      },
      append(version, events, at, how) {
        if (!how?.local) return Promise.resolve(err({ code: 'away', detail: 'cut off' }));
        localAfter ??= version;
        return log.append(version, events, at);
      },
      subscribe: (listener) => log.subscribe(listener),
    });
    await runner.submit(start(3));
    expect(onAirAlone(runner)).toEqual(['broadcast-3']);
  });
});

describe('LA40: a fork', () => {
  it('what it has lost goes on, and a new emergency and a stop are carried out before the lost is given again', async () => {
    const carried: string[][] = [];
    let replaced: (replacement: Replacement) => void = () => undefined;
    const caughtUp = Promise.withResolvers<void>();
    const runner = createTestRunner(
      { onReplaced: (listener) => void (replaced = listener), catchUp: () => caughtUp.promise },
      (state) => void carried.push([...state.broadcasts.keys()].sort()),
    );
    await runner.submit(start(1));
    await runner.submit(about('stop'));
    const { state } = runner;
    await runner.submit(start(3, 'lost'));
    const lost = [{ event: { type: 'broadcast-started', broadcastId: 'broadcast-lost' } }];
    carried.length = 0;
    replaced({ state: { ...state, version: state.version + 1 }, lost: lost as never });
    await runner.submit(start(3, 'new'));
    expect([...runner.sounding.broadcasts.keys()]).toEqual(['broadcast-lost']);
    caughtUp.resolve();
    await runner.settled();
    expect(carried[0]).toEqual(['broadcast-lost', 'broadcast-new']);
    expect(runner.sounding).toBe(runner.state);
  });
});

describe('a log that never agrees', () => {
  it('refuses the command instead of holding up this process', async () => {
    const runner = createTestRunner({ append: () => Promise.resolve(err({ code: 'conflict', version: 7 })) });
    expect(await runner.submit(start(1))).toMatchObject({ ok: false, error: { code: 'log-away' } });
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTemporaryDatabase, type TemporaryDatabase } from '@loa/prisma/testing/temporary-database';
import type { BroadcastEvent, LoggedEvent } from '@loa/shared/broadcasts/events';
import { broadcastId, SOMEBODY, specOf } from '../../shared/test/support/session.ts';
import { createEventRepository, type StoreItem } from '../src/door/repositories/event-repository.ts';
import { chainEvents } from '../src/pump/log/chain-events.ts';
import type { LogHead } from '../src/pump/log/event-log.ts';

/** What the database has of a log that takes another way. */

const AT = 1_700_000_000_000;
const BEGINNING: LogHead = { version: 0, hash: '' };
const OF_NODE = { node: 'a', run: 'run-1' };

let database: TemporaryDatabase;
beforeAll(async () => void (database = await createTemporaryDatabase()));
afterAll(() => database.close());
beforeEach(async () => {
  for (const table of ['logEvent', 'branchEvent', 'broadcast'] as const)
    await (database.prisma[table] as { deleteMany(): Promise<unknown> }).deleteMany();
});

const started = (id: string, tag: number): BroadcastEvent => ({
  type: 'broadcast-started',
  broadcastId: broadcastId(id),
  spec: specOf(id, ['w1']),
  tag,
  phase: 'on-air',
  expiresAt: null,
});
const ended = (id: string): BroadcastEvent => ({
  type: 'broadcast-ended',
  broadcastId: broadcastId(id),
  reason: 'stopped',
  by: SOMEBODY,
  detail: null,
});
const chain = (after: readonly LoggedEvent[], ...events: BroadcastEvent[]): LoggedEvent[] => {
  const last = after.at(-1);
  return chainEvents(last ? { version: last.version, hash: last.hash } : BEGINNING, events, AT + after.length);
};

const store = (...items: StoreItem[]) => createEventRepository(database.prisma).store(items, (zones) => zones.join());
const inLog = (events: readonly LoggedEvent[]) => store(...events.map((entry) => ({ kind: 'log' as const, entry })));
const local = (events: readonly LoggedEvent[]) =>
  store(...events.map((entry) => ({ kind: 'local' as const, entry, ...OF_NODE })));
const lose = (...live: string[]) =>
  store({ kind: 'lost', node: 'a', exceptRun: null, live: live.map(broadcastId), reason: 'overruled', at: AT + 99 });

const logRows = async () =>
  (await database.prisma.logEvent.findMany({ orderBy: { version: 'asc' } })).map(({ hash }) => hash);
const branchRows = async () =>
  (await database.prisma.branchEvent.findMany({ orderBy: { version: 'asc' } })).map(
    ({ type, broadcastId: of, standing, node }) => `${type} ${of} ${standing} ${node}`.trim(),
  );
const broadcasts = async () =>
  Object.fromEntries(
    (await database.prisma.broadcast.findMany()).map(({ id, tag, endReason }) => [id, [tag, endReason]]),
  );

describe('LA6: what is not in the log', () => {
  it('is stored beside it, and moves into it when it is merged', async () => {
    const shared = chain([], started('talk', 1));
    const alone = chain(shared, started('alarm', 9), ended('alarm'));
    await inLog(shared);
    await local(alone);
    await local(alone);
    expect(await logRows()).toEqual(shared.map(({ hash }) => hash));
    expect(await branchRows()).toEqual(['broadcast-started alarm local a', 'broadcast-ended alarm local a']);
    expect(await broadcasts()).toEqual({ talk: [1, null], alarm: [9, 'stopped'] });
    await inLog([...shared, ...alone]);
    expect(await logRows()).toEqual([...shared, ...alone].map(({ hash }) => hash));
    expect(await branchRows()).toEqual([]);
    expect(await broadcasts()).toEqual({ talk: [1, null], alarm: [9, 'stopped'] });
  });

  it('is lost: what is not live in the log that stays ends as overruled, what ended keeps its reason', async () => {
    const alone = chain([], started('gone', 7), started('again', 8), started('over', 9), ended('over'));
    await local(alone);
    await lose('again');
    expect(new Set((await branchRows()).map((row) => row.split(' ')[2]))).toEqual(new Set(['lost']));
    expect(await broadcasts()).toEqual({ gone: [7, 'overruled'], again: [8, null], over: [9, 'stopped'] });
  });

  it('is lost: an end of a broadcast that is live in the log that stays was none', async () => {
    const shared = chain([], started('talk', 1));
    await inLog(shared);
    await local(chain(shared, ended('talk')));
    await lose('talk');
    expect(await broadcasts()).toEqual({ talk: [1, null] });
  });

  it('of another run of the same node only that run is lost', async () => {
    const alone = chain([], started('alarm', 7));
    await local(alone);
    const mine = { kind: 'lost', node: 'a', live: [], reason: 'restarted', at: AT } as const;
    await store({ ...mine, exceptRun: 'run-1' });
    expect(await broadcasts()).toEqual({ alarm: [7, null] });
    await store({ ...mine, exceptRun: 'run-2' });
    expect(await broadcasts()).toEqual({ alarm: [7, 'restarted'] });
  });
});

describe('EL31: what a process before this one has left', () => {
  const left = (events: readonly LoggedEvent[]) =>
    store(...events.map((entry) => ({ kind: 'log' as const, entry, isOld: true as const })));

  it('is stored where it leads on from what is there, once', async () => {
    const common = chain([], started('talk', 1));
    const later = chain(common, started('alarm', 2), ended('talk'));
    await inLog(common);
    await left([...common, ...later]);
    await left([...common, ...later]);
    expect(await logRows()).toEqual([...common, ...later].map(({ hash }) => hash));
    expect([await branchRows(), await broadcasts()]).toEqual([[], { talk: [1, 'stopped'], alarm: [2, null] }]);
  });

  it('is lost where the log has taken another way meanwhile: what it has now stays', async () => {
    const common = chain([], started('talk', 1));
    const stays = chain(common, started('theirs', 2));
    await inLog([...common, ...stays]);
    await left(chain(common, started('mine', 2), ended('talk')));
    expect(await logRows()).toEqual([...common, ...stays].map(({ hash }) => hash));
    expect(await branchRows()).toEqual(['broadcast-started mine lost', 'broadcast-ended talk lost']);
    expect(await broadcasts()).toEqual({ talk: [1, null], theirs: [2, null] });
  });
});

describe('EL6: a stored log that has taken another way', () => {
  it('follows the branch that stays, keeps the lost one apart, and knows what was decided again', async () => {
    const common = chain([], started('talk', 1));
    const lost = chain(common, started('mine', 2), ended('talk'), started('gone', 3));
    const stays = chain(common, started('theirs', 2), started('mine', 3));
    await inLog([...common, ...lost]);
    await inLog([...common, ...stays]);
    await inLog([...common, ...stays]);
    expect(await logRows()).toEqual([...common, ...stays].map(({ hash }) => hash));
    expect(await branchRows()).toEqual([
      'broadcast-started mine lost',
      'broadcast-ended talk lost',
      'broadcast-started gone lost',
    ]);
    expect(await broadcasts()).toEqual({
      talk: [1, null],
      mine: [3, null],
      theirs: [2, null],
      gone: [3, 'overruled'],
    });
  });
});

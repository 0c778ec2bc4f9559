import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { ZoneId } from '@loa/shared/ids';
import type { LogSource } from '../log/open-log.ts';
import { createMemoryLog } from '../log/memory-log.ts';
import { createDecisions } from './decisions.ts';

const CITY = { id: 'city' as ZoneId, parentId: null, kind: 'city', code: '1', name: 'Thành phố' };
const hello = (treeVersion: string) => ({
  zones: [CITY] as never,
  treeVersion,
  successions: [],
  resume: { version: 0, hash: '', nextTag: 1 },
  at: { version: 0, hash: '' },
  unfinished: [],
  lastSign: { eventAt: null, seenAt: null },
  usedKeys: [],
});

/** Decisions whose log opens when `settle` is called; the first `failures` times it does not. */
function createTestDecisions(failures = 0) {
  let opened = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const logSource: LogSource = {
    async open(start) {
      opened += 1;
      const fails = opened <= failures;
      await promise;
      if (fails) throw new Error('no log');
      return createMemoryLog(start, () => undefined);
    },
    close: () => Promise.resolve(),
  };
  const decisions = createDecisions({
    run: 'run',
    node: 'a',
    logSource,
    air: { apply: () => undefined, followTree: () => undefined } as never,
    logger: pino({ level: 'silent' }),
    now: Date.now,
    hasSource: () => true,
    onEvents: () => undefined,
    onStanding: () => undefined,
    onReplaced: () => undefined,
  });
  return { decisions, settle: resolve, opened: () => opened };
}

describe('two doors that greet a pump at the same time', () => {
  it('open one log between them; the tree of who came last counts', async () => {
    const { decisions, settle, opened } = createTestDecisions();
    const greeted = Promise.all(['1', '2'].map(async (tree) => decisions.handlers.hello(hello(tree))));
    settle();
    expect(await greeted).toMatchObject([{ run: 'run' }, { run: 'run', treeVersion: '2' }]);
    expect(opened()).toBe(1);
  });

  it('of a log that does not open, the second one opens it', async () => {
    const { decisions, settle, opened } = createTestDecisions(1);
    const greeted = Promise.allSettled(['1', '2'].map(async (tree) => decisions.handlers.hello(hello(tree))));
    settle();
    expect(await greeted).toMatchObject([{ status: 'rejected' }, { status: 'fulfilled' }]);
    expect(opened()).toBe(2);
  });
});

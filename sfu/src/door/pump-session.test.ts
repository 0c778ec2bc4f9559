import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LoggedEvent } from '@loa/shared/broadcasts/events';
import { evolve, INITIAL_STATE } from '@loa/shared/broadcasts/evolve';
import { writeStoredState } from '@loa/shared/log/stored-state';
import { CITY_ROWS, treeOf } from '../../../shared/test/support/city.ts';
import { createSession, specOf } from '../../../shared/test/support/session.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { createLinkServer, type LinkHandlers } from '../link/link-server.ts';
import { createLivePicture } from './live/live-picture.ts';
import { createPumpSession, type PumpSessionOptions } from './pump-session.ts';
import type { LogRepository } from './repositories/log-repository.ts';
import type { ZoneBook } from './zones/zone-book.ts';

const TREE = treeOf(CITY_ROWS);
const MAX_HELD = 3;
const log = pino({ level: 'silent' });
const nothing = () => undefined;

let folder: string;
const closing: Array<() => unknown> = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'loa-session-'));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

/** A log in which `count` talks were started and stopped. */
function logOf(count: number): LoggedEvent[] {
  const session = createSession(TREE);
  for (let n = 0; n < count; n++) {
    session.start(specOf(`talk-${n}`, ['w1']));
    session.stop(`talk-${n}`);
  }
  return session.log.map(({ event, at }, i): LoggedEvent => {
    return { version: i + 1, at, prevHash: i === 0 ? '' : `hash-${i}`, hash: `hash-${i + 1}`, event };
  });
}

/** A pump whose log is void at once, and that tells `meanwhile` while a door takes its state over. */
async function meet(events: readonly LoggedEvent[], meanwhile: number) {
  let end = 0;
  let takeOvers = 0;
  const stateNow = () => events.slice(0, end).reduce((state, entry) => evolve(state, TREE, entry), INITIAL_STATE);
  const linkPath = join(folder, 'pump.sock');
  const server = await createLinkServer(
    linkPath,
    {
      hello: () => ({
        run: 'run-1',
        node: 'a',
        version: 0,
        treeVersion: '1',
        leadsOn: true,
        standing: { awaySince: null, localAfter: null },
      }),
      clock: () => ({ serverTimeMs: 1 }),
      'events:since': ({ version }) => ({ events: events.slice(version, end) }),
      'events:stored': () => null,
      'sources:list': () => ({ sources: [] }),
      'nodes:list': () => ({ nodes: [] }),
      'log:state'() {
        takeOvers += 1;
        const part = writeStoredState(stateNow());
        const at = { version: end, hash: events[end - 1]?.hash ?? '' };
        if (takeOvers === 1)
          for (end = 0; end < meanwhile; end++) server.notify({ type: 'events', events: events.slice(end, end + 1) });
        return { ...at, part, length: part.length };
      },
    } as Partial<LinkHandlers> as LinkHandlers,
    log,
  );
  closing.push(() => server.close());
  const picture = createLivePicture({ tree: TREE, treeVersion: '1' }, () => 0);
  closing.push(() => picture.close());
  const session = createPumpSession({
    linkPath,
    picture,
    log,
    maxHeld: MAX_HELD,
    book: {
      current: { tree: TREE, zones: TREE.zones, treeVersion: '1', successions: [] },
      pathText: () => '',
    } as unknown as ZoneBook,
    repository: { readEnd: () => Promise.resolve(null) } as unknown as LogRepository,
    events: { store: () => Promise.resolve() },
    keptEnd: { read: () => null, keep: nothing } as unknown as PumpSessionOptions['keptEnd'],
    keptEvents: {
      read: () => [],
      add: nothing,
      dropOldest: nothing,
    } as unknown as PumpSessionOptions['keptEvents'],
    about: () => null,
    onNodes: nothing,
    onSource: nothing,
    onPathClosed: nothing,
    onSourceClosed: nothing,
    onPumpReplaced: nothing,
  });
  closing.push(() => session.close());
  await session.firstGreeting;
  server.notify({ type: 'log-replaced' });
  return { picture, takeOvers: () => takeOvers };
}

describe('what is told while a door takes the state of its pump over', () => {
  it('is folded afterwards', async () => {
    const { picture, takeOvers } = await meet(logOf(2), MAX_HELD);
    await waitFor(() => (picture.state.version === MAX_HELD ? '' : `version ${picture.state.version}`));
    expect(takeOvers()).toBe(1);
  });

  it('and is more than a door keeps: it takes the state over again, and misses nothing', async () => {
    const events = logOf(4);
    const { picture, takeOvers } = await meet(events, events.length);
    await waitFor(() => (picture.state.version === events.length ? '' : `version ${picture.state.version}`));
    expect(takeOvers()).toBe(2);
  });
});

import { describe, expect, it } from 'vitest';
import type { BroadcastEvent, LoggedEvent } from '@loa/shared/broadcasts/events';
import { broadcastId, specOf } from '../../../shared/test/support/session.ts';
import { chainEvents } from '../../src/pump/log/chain-events.ts';
import { createPieceReader, differencesOf } from './log-pieces.ts';

/** The judge of the partitions: what it would let pass, they would. */

const begin = (id: string): BroadcastEvent => ({
  type: 'broadcast-started',
  broadcastId: broadcastId(id),
  spec: specOf(id, ['c1']),
  tag: 1,
  phase: 'on-air',
  expiresAt: null,
});
const end = (id: string): BroadcastEvent => ({
  type: 'broadcast-ended',
  broadcastId: broadcastId(id),
  reason: 'stopped',
  by: null,
  detail: null,
});

const logOf = (...events: BroadcastEvent[]) => chainEvents({ version: 0, hash: '' }, events, 1_700_000_000_000);
/** Answers as Redis does. */
const serverWith = (log: readonly LoggedEvent[]) => ({
  send: (...[, , first = '']: string[]) =>
    Promise.resolve(
      log
        .filter(({ version }) => version >= parseInt(first, 10))
        .map((entry) => [`${entry.version}-0`, ['event', JSON.stringify(entry), 'hash', entry.hash]]),
    ),
});

describe('EL1: a log that is read in pieces', () => {
  const log = logOf(begin('a'), begin('b'), end('a'), end('b'));

  it('goes on where the last piece ended', async () => {
    const reader = createPieceReader();
    await reader.next(serverWith(log.slice(0, 3)));
    const piece = await reader.next(serverWith(log));
    expect(piece.after.version).toBe(3);
    expect(piece.entries).toEqual([{ version: 4, hash: log[3]?.hash }]);
  });

  it('is refused when a version is missing, is there twice, or follows something else', async () => {
    const [first, second, third] = log as [LoggedEvent, LoggedEvent, LoggedEvent];
    const other = logOf(begin('x'), begin('b'), end('x'));
    for (const wrong of [[first, third], [first, second, second], [first, other[1]!], [{ ...first, at: 1 }]])
      await expect(createPieceReader().next(serverWith(wrong))).rejects.toThrow(/is not what comes after/);
    const reader = createPieceReader();
    await reader.next(serverWith([first]));
    await expect(reader.next(serverWith(other))).rejects.toThrow('event 2 is not what comes after 1');
  });

  it('lost is what was acknowledged and is not there, also the end of what began in an earlier piece', async () => {
    const reader = createPieceReader();
    const piece = await reader.next(serverWith(log.slice(0, 3)));
    expect(piece.lostOf(['start a', 'stop a', 'start b', 'stop never', 'start c'])).toEqual(['start c']);
    const rest = logOf(begin('a'), begin('b'), end('a'), begin('d'));
    const next = await reader.next(serverWith(rest));
    expect(next.lostOf(['start d', 'stop b', 'stop a'])).toEqual(['stop b']);
  });
});

describe('EL1: what a node folded', () => {
  const entries = logOf(begin('a'), begin('b'), end('a')).map(({ version, hash }) => ({ version, hash }));
  const [one, two, three] = entries as [(typeof entries)[0], (typeof entries)[0], (typeof entries)[0]];
  const piece = { after: { version: 0, hash: '' }, entries, lostOf: () => [] };

  it.each([
    ['the same', entries, 0],
    ['one of them not', [one, three], 1],
    ['one of them twice', [one, two, two, three], 1],
    ['one otherwise', [one, { version: 2, hash: 'other' }, three], 1],
    ['first otherwise, then as it is there', [one, { version: 2, hash: 'other' }, two, three], 1],
    ['more', [...entries, { version: 4, hash: 'more' }], 1],
  ])('%s', (_, folded, differences) => {
    expect(differencesOf(folded, piece)).toBe(differences);
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ReceiverId } from '@loa/shared/ids';
import type { PathPart } from '@loa/shared/protocol/second-path';
import { createReceiverPaths } from './receiver-paths.ts';

const R = 'loa-1' as ReceiverId;
const LONG_MS = 60_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp() {
  const closed: string[] = [];
  const paths = createReceiverPaths((pathId) => {
    closed.push(pathId);
    paths.remove(R, pathId);
  });
  const add = (pathId: string, part: PathPart) => paths.add(R, { pathId, part });
  return { paths, closed, add };
}

describe('the paths of one receiver', () => {
  it('are helped out of: the older ones after a while, those beyond three at once', () => {
    const { closed, add } = setUp();
    for (const id of ['1', '2', '3', '4']) add(id, 'everything');
    expect(closed).toEqual(['1']);
    vi.advanceTimersByTime(LONG_MS);
    expect(closed).toEqual(['1', '2', '3']);
  });

  it('stay when the new one does not: what is still there is all it has', () => {
    const { paths, closed, add } = setUp();
    add('1', 'everything');
    add('2', 'everything');
    paths.remove(R, '2');
    vi.advanceTimersByTime(LONG_MS);
    expect(closed).toEqual([]);
  });

  it('ND21: a first path ends the second one that it replaces; a second one ends no first path', () => {
    const { paths, closed, add } = setUp();
    add('left', 'everything');
    add('second', 'emergencies');
    expect([paths.secondOf(R), paths.seconds]).toEqual(['second', ['second']]);
    vi.advanceTimersByTime(LONG_MS);
    expect(closed).toEqual([]);
    add('first', 'everything');
    vi.advanceTimersByTime(LONG_MS);
    expect(closed).toEqual(['left', 'second']);
    expect([paths.secondOf(R), paths.seconds]).toEqual([undefined, []]);
  });
});

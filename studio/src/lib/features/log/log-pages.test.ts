import { describe, expect, test } from 'vitest';
import { withNewest, withOlder, type LogPages } from './log-pages.ts';

function page(next: number | null, ...ids: readonly string[]): LogPages {
  const entries = ids.map((id) => ({
    id,
    at: 0,
    kind: 'event' as const,
    type: 'x',
    broadcastId: null,
    title: null,
    zonePaths: {},
    counted: null,
    data: null,
  }));
  return { entries, next };
}

describe('the pages of the log', () => {
  test('what is new comes on top, and the older pages that were fetched stay', () => {
    expect(withNewest(page(1, 'd', 'c', 'b', 'a'), page(3, 'e', 'd', 'c'))).toEqual(page(1, 'e', 'd', 'c', 'b', 'a'));
  });

  test('where something between would be missing, reading begins anew', () => {
    expect(withNewest(page(1, 'b', 'a'), page(5, 'f', 'e'))).toEqual(page(5, 'f', 'e'));
    expect(withNewest(null, page(5, 'f'))).toEqual(page(5, 'f'));
  });

  test('the same page that comes twice is shown once', () => {
    const once = withOlder(page(2, 'd', 'c'), 2, page(1, 'c', 'b'));
    expect(once).toEqual(page(1, 'd', 'c', 'b'));
    expect(withOlder(once, 2, page(1, 'c', 'b'))).toEqual(once);
  });
});

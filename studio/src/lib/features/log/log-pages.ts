import type { LogEntry } from './log-answers.ts';

/** What has been read of the log, newest first, and where to read on; `next` is null at its end. */
export interface LogPages {
  readonly entries: readonly LogEntry[];
  readonly next: number | null;
}

/** The newest page read anew: older pages stay, unless so much is new that something between would be missing. */
export function withNewest(known: LogPages | null, page: LogPages): LogPages {
  if (known === null || page.next === null) return page;
  const inPage = new Set(page.entries.map(({ id }) => id));
  if (!known.entries.some(({ id }) => inPage.has(id))) return page;
  return { entries: [...page.entries, ...known.entries.filter(({ id }) => !inPage.has(id))], next: known.next };
}

/** The page older than `before`; one that no longer follows on what is known, or that is known already, changes nothing. */
export function withOlder(known: LogPages | null, before: number, page: LogPages): LogPages | null {
  if (known?.next !== before) return known;
  const ids = new Set(known.entries.map(({ id }) => id));
  return { entries: [...known.entries, ...page.entries.filter(({ id }) => !ids.has(id))], next: page.next };
}

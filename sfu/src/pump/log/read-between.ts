import type { LoggedEvent } from '@loa/shared/broadcasts/events';
import { ok, type Result } from '@loa/shared/result';
import type { LogHead } from './event-log.ts';
import type { RedisFailure } from './redis-connection.ts';
import type { RedisStore } from './redis-store.ts';
import { MAX_RETAINED_EVENTS } from './retained-events.ts';

const PAGE = 500;

/** Events of the log after one place up to another, as far as it still has them; a door that is behind asks for them. */
export async function readBetween(
  store: Pick<RedisStore, 'readFrom'>,
  after: LogHead,
  until: LogHead,
): Promise<Result<LoggedEvent[], RedisFailure>> {
  const between: LoggedEvent[] = [];
  let next = Math.max(after.version, until.version - MAX_RETAINED_EVENTS) + 1;
  while (next <= until.version) {
    const page = await store.readFrom(next, PAGE);
    if (!page.ok) return page;
    between.push(...page.value.filter(({ version }) => version <= until.version));
    const last = page.value.at(-1);
    if (!last || last.version >= until.version) break;
    next = last.version + 1;
  }
  return ok(between);
}

import type { BroadcastId, SourceId } from '../ids.ts';
import { err, ok, type Result } from '../result.ts';
import type { Actor } from './commands.ts';
import { withEvent, type Draft } from './draft.ts';
import { LEVEL, type Level } from './rank.ts';
import type { Refusal } from './refusal.ts';
import type { LiveState } from './state.ts';

/** The live broadcast that uses a source, if any. */
export function userOfSource(state: LiveState, sourceId: SourceId): BroadcastId | null {
  for (const { id, spec } of state.broadcasts.values()) {
    if (spec.source.kind === 'live' && spec.source.sourceId === sourceId) return id;
  }
  return null;
}

/**
 * BR9, BR29: makes a source free for `taker`, who is about to use it. It has one user at a time; an emergency does not wait
 * for a lower one to be stopped by hand, so that one ends, by `by`.
 */
export function freeSourceFor(
  draft: Draft,
  sourceId: SourceId,
  taker: { readonly id: BroadcastId; readonly level: Level },
  by: Actor,
): Result<Draft, Refusal> {
  const user = userOfSource(draft.state, sourceId);
  if (user === null || user === taker.id) return ok(draft);
  const isLower = draft.state.broadcasts.get(user)?.spec.level !== LEVEL.emergency;
  if (taker.level !== LEVEL.emergency || !isLower) return err({ code: 'source-in-use', detail: user });
  const ended = { type: 'broadcast-ended', broadcastId: user, reason: 'source-taken', by, detail: taker.id } as const;
  return ok(withEvent(draft, ended));
}

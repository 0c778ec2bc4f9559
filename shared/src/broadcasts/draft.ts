import type { BroadcastId } from '../ids.ts';
import type { LogAuthority } from '../log/local-authority.ts';
import type { Instant } from '../time.ts';
import { isEmpty } from '../zones/leaf-set.ts';
import type { ZoneTree } from '../zones/zone-tree.ts';
import type { BroadcastEvent } from './events.ts';
import { evolve } from './evolve.ts';
import { holdingsOf } from './holdings.ts';
import type { LiveState } from './state.ts';

/** A decision in the making: the events so far and the state that they lead to. */
export interface Draft {
  /** The state at the beginning of the present step, with which moves of zones are found. */
  readonly before: LiveState;
  readonly tree: ZoneTree;
  readonly now: Instant;
  /** LA1: under which time passes for some of the broadcasts only. */
  readonly authority: LogAuthority;
  readonly state: LiveState;
  readonly events: readonly BroadcastEvent[];
}

export function createDraft(before: LiveState, tree: ZoneTree, now: Instant, authority: LogAuthority): Draft {
  return { before, tree, now, authority, state: before, events: [] };
}

/** What has been decided so far is done; moves are found from here on. */
export function nextStep(draft: Draft): Draft {
  return { ...draft, before: draft.state };
}

export function withEvent(draft: Draft, event: BroadcastEvent): Draft {
  const { tree, now: at, state, events } = draft;
  return {
    ...draft,
    state: evolve(state, tree, { version: state.version + 1, at, event }),
    events: [...events, event],
  };
}

/** Whether a broadcast is heard in at least one leaf. */
export function isHeardIn(draft: Draft, id: BroadcastId): boolean {
  const holding = holdingsOf(draft.state, draft.tree).byId.get(id);
  return holding !== undefined && !isEmpty(holding.heard);
}

import type { LoggedEvent } from '../broadcasts/events.ts';

/** A place in a log: version of its last event (0: none) and that event's hash. */
export interface LogPlace {
  readonly version: number;
  readonly hash: string;
}

/** An event as far as chains are concerned. */
export type LogLink = Pick<LoggedEvent, 'version' | 'prevHash' | 'hash'>;

/** How the log stands to what a node has folded. */
export type LogRelation =
  | { readonly kind: 'same' }
  /** The log goes on from where this node stands. */
  | { readonly kind: 'goes-on' }
  /** The log ends within what this node has folded; `missing` are the events that it has lost. */
  | { readonly kind: 'lost-its-end'; readonly missing: readonly LoggedEvent[] }
  /** After a common part both have events of their own. */
  | { readonly kind: 'forked' }
  /** It cannot be told from what is kept: begin again from the log's stored state. */
  | { readonly kind: 'out-of-reach' };

/**
 * EL5: compares a log with the chain that a node has folded. `tail` is the end of that chain, oldest first; `next` is the first
 * event that the log has after the node's place, if any.
 */
export function compareLogs(
  own: LogPlace,
  tail: readonly LoggedEvent[],
  log: LogPlace,
  next: LogLink | undefined,
): LogRelation {
  if (log.version > own.version) {
    if (next?.version !== own.version + 1) return { kind: 'out-of-reach' };
    return { kind: next.prevHash === own.hash ? 'goes-on' : 'forked' };
  }
  if (log.version === own.version) return { kind: log.hash === own.hash ? 'same' : 'forked' };
  const first = tail.findIndex(({ version }) => version === log.version + 1);
  const follower = tail[first];
  if (!follower) return { kind: 'out-of-reach' };
  return follower.prevHash === log.hash ? { kind: 'lost-its-end', missing: tail.slice(first) } : { kind: 'forked' };
}

/** EL6: the events of a node's chain that a forked log does not have. `log` are the log's events of the same versions. */
export function lostEvents(tail: readonly LoggedEvent[], log: readonly LogLink[]): LoggedEvent[] {
  const known = new Set(log.flatMap(({ prevHash, hash }) => [prevHash, hash]));
  return tail.slice(1 + tail.findLastIndex(({ hash }) => known.has(hash)));
}

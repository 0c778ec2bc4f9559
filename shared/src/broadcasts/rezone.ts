import type { ZoneId } from '../ids.ts';
import type { ZoneTree } from '../zones/zone-tree.ts';
import { heirsOf, reachOf, type Succession } from '../zones/succession.ts';
import type { Command } from './commands.ts';
import { withEvent, type Draft } from './draft.ts';
import { compareBroadcasts } from './order.ts';
import { LEVEL } from './rank.ts';
import type { LiveState } from './state.ts';

type ZonesChanged = Extract<Command, { type: 'zones-changed' }>;

/** BR28: the command that tells the core which zones of its broadcasts are gone and what stands for them (ZT8). */
export function zonesChanged(
  state: LiveState,
  before: ZoneTree,
  after: ZoneTree,
  successions: readonly Succession[],
): ZonesChanged {
  const zones = new Set<ZoneId>();
  for (const { spec, interrupted } of state.broadcasts.values())
    for (const zone of [...spec.zones, ...interrupted.map((entry) => entry.zone)]) zones.add(zone);
  const gone = [...zones].filter((zone) => !after.has(zone));
  return {
    type: 'zones-changed',
    gone: gone.map((zone) => ({
      zone,
      heirs: [...heirsOf(zone, before, after, successions)],
      reach: [...reachOf(zone, before, after, successions)],
    })),
  };
}

/** BR28: every broadcast goes on in the heirs of its zones; one that has none left is for `letTimePass` to end. */
export function rezone(draft: Draft, gone: ZonesChanged['gone']): Draft {
  const heirs = new Map(gone.filter(({ zone }) => !draft.tree.has(zone)).map((entry) => [entry.zone, entry.heirs]));
  const reach = new Map(gone.filter(({ zone }) => !draft.tree.has(zone)).map((entry) => [entry.zone, entry.reach]));
  const translated = (zone: ZoneId): readonly ZoneId[] => heirs.get(zone) ?? [zone];
  // What was lost before is lost in the heirs as well: it is no news.
  const broadcasts = new Map(
    [...draft.before.broadcasts].map(([id, broadcast]) => {
      const interrupted = broadcast.interrupted.flatMap(({ zone, by }) =>
        translated(zone).map((heir) => ({ zone: heir, by })),
      );
      return [id, { ...broadcast, interrupted }];
    }),
  );
  let next: Draft = { ...draft, before: { ...draft.before, broadcasts } };
  for (const { id, spec } of [...draft.state.broadcasts.values()].sort(compareBroadcasts)) {
    if (!spec.zones.some((zone) => heirs.has(zone))) continue;
    // An emergency had better reach too many than miss one.
    const stands = spec.level === LEVEL.emergency ? (zone: ZoneId) => reach.get(zone) ?? [zone] : translated;
    const zones = draft.tree.smallestCoveringSet(spec.zones.flatMap(stands));
    if (zones.length > 0) next = withEvent(next, { type: 'broadcast-rezoned', broadcastId: id, zones });
  }
  return next;
}

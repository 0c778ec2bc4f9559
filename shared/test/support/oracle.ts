import type { LiveBroadcast } from '../../src/broadcasts/state.ts';
import type { ZoneId } from '../../src/ids.ts';
import type { ZoneTree } from '../../src/zones/zone-tree.ts';

/** What is heard in a zone: `main` is at full level unless there is an `overlay`. */
export interface Sound {
  readonly main: LiveBroadcast | null;
  readonly overlay: LiveBroadcast | null;
}

const SILENCE: Sound = { main: null, overlay: null };

/** Names of the leaves and inner zones of a tree with what is needed to ask zone by zone. */
export interface Places {
  readonly leaves: ReadonlyArray<{ readonly id: ZoneId; readonly path: ReadonlySet<ZoneId> }>;
  readonly inner: ReadonlyArray<{ readonly id: ZoneId; readonly leaves: readonly ZoneId[] }>;
}

export function placesOf(tree: ZoneTree): Places {
  const ids = tree.zones.map(({ id }) => id);
  const isLeaf = (id: ZoneId) => !tree.zones.some(({ parentId }) => parentId === id);
  return {
    leaves: ids.filter(isLeaf).map((id) => ({ id, path: new Set(tree.pathTo(id)) })),
    inner: ids
      .filter((id) => !isLeaf(id))
      .map((id) => ({ id, leaves: ids.filter((leaf) => isLeaf(leaf) && tree.pathTo(leaf).includes(id)) })),
  };
}

/**
 * RK3 to RK6 once more, written as slowly and plainly as the rules read: zone by zone, broadcast by broadcast, without
 * any of the sets that the core computes with.
 */
export function soundsOf(broadcasts: Iterable<LiveBroadcast>, places: Places): Map<ZoneId, Sound> {
  const onAir = [...broadcasts].filter(({ phase }) => phase === 'on-air').sort(inOrder);
  const sounds = new Map<ZoneId, Sound>();
  const claimsOf = new Map<ZoneId, readonly LiveBroadcast[]>();
  const heard = new Set<LiveBroadcast>();
  for (const { id, path } of places.leaves) {
    const claims: LiveBroadcast[] = [];
    for (const broadcast of onAir) {
      if (broadcast.rank !== claims.at(-1)?.rank && broadcast.spec.zones.some((zone) => path.has(zone)))
        claims.push(broadcast);
    }
    claimsOf.set(id, claims);
    const sound = soundOf(claims);
    if (sound.main) heard.add(sound.main);
    if (sound.overlay) heard.add(sound.overlay);
    sounds.set(id, sound);
  }
  for (const { id, leaves } of places.inner) {
    const claims = onAir.filter(
      (broadcast) => heard.has(broadcast) && leaves.every((leaf) => claimsOf.get(leaf)?.includes(broadcast)),
    );
    sounds.set(id, soundOf(claims));
  }
  return sounds;
}

/** Leaves in which one broadcast is heard. */
export function leavesHearing(sounds: ReadonlyMap<ZoneId, Sound>, places: Places, id: LiveBroadcast['id']): ZoneId[] {
  return places.leaves.flatMap((leaf) => {
    const { main, overlay } = sounds.get(leaf.id) ?? SILENCE;
    return main?.id === id || overlay?.id === id ? leaf.id : [];
  });
}

export function leavesAsked(broadcast: LiveBroadcast, places: Places): ZoneId[] {
  return places.leaves.flatMap(({ id, path }) => (broadcast.spec.zones.some((zone) => path.has(zone)) ? id : []));
}

function soundOf(claims: readonly LiveBroadcast[]): Sound {
  const first = claims[0];
  if (!first) return SILENCE;
  if (!lies(first)) return { main: first, overlay: null };
  return { main: claims.find((broadcast) => !lies(broadcast)) ?? null, overlay: first };
}

const lies = ({ spec }: LiveBroadcast) => spec.mode === 'overlay' && spec.level !== 3;

function inOrder(a: LiveBroadcast, b: LiveBroadcast): number {
  if (a.rank !== b.rank) return b.rank - a.rank;
  if (a.startedAt !== b.startedAt) return a.startedAt - b.startedAt;
  if (a.askedAt !== b.askedAt) return a.askedAt - b.askedAt;
  return a.id < b.id ? -1 : 1;
}

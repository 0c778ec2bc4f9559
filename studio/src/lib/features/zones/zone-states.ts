import type { LivePicture } from '#lib/live/picture.ts';
import type { ZoneId } from '@loa/shared/ids';
import type { BroadcastView } from '@loa/shared/protocol/live';
import type { ZoneTree } from '@loa/shared/zones/zone-tree';

/** What a zone and everything below it look like now. */
export interface ZoneState {
  readonly receivers: number;
  readonly online: number;
  readonly sounding: number;
}

const NONE: ZoneState = { receivers: 0, online: 0, sounding: 0 };

/** Receivers counted into every zone on their path. */
export function countReceivers(tree: ZoneTree, picture: LivePicture): ReadonlyMap<string, ZoneState> {
  const states = new Map<string, ZoneState>();
  for (const receiver of picture.receivers.values()) {
    const sounding = receiver.online && (receiver.report?.sounding.length ?? 0) > 0;
    for (const id of tree.pathTo(receiver.zoneId)) {
      const old = states.get(id) ?? NONE;
      states.set(id, {
        receivers: old.receivers + 1,
        online: old.online + (receiver.online ? 1 : 0),
        sounding: old.sounding + (sounding ? 1 : 0),
      });
    }
  }
  return states;
}

/** The highest broadcast whose zones touch this zone; what a person would hear somewhere in it. */
export function broadcastIn(tree: ZoneTree, onAir: readonly BroadcastView[], zoneId: ZoneId): BroadcastView | null {
  for (const broadcast of onAir) {
    if (broadcast.phase !== 'on-air' || broadcast.paused) continue;
    if (broadcast.zones.some((zone) => tree.covers(zone, zoneId) || tree.covers(zoneId, zone))) {
      const lost = broadcast.interrupted.some((item) => tree.covers(item.zone, zoneId));
      if (!lost) return broadcast;
    }
  }
  return null;
}

import type { LivePicture } from '#lib/live/picture.ts';
import type { ReceiverView } from '@loa/shared/protocol/receivers';
import type { Zone } from '@loa/shared/zones/zone';
import type { ZoneTree } from '@loa/shared/zones/zone-tree';
import type { Point, Projection } from './city-map.ts';

/** `unknown` while the page cannot ask the server: what a receiver reported before is not what it does now. */
export type ReceiverLook = 'sounding' | 'online' | 'offline' | 'unknown';

export interface ReceiverDot extends Point {
  readonly id: string;
  readonly name: string;
  readonly look: ReceiverLook;
}

export interface ZoneDot extends Point {
  readonly zone: Zone;
}

/** Receivers of one place are drawn around it, this far apart. */
const SPREAD = 7;

export function lookOf(receiver: ReceiverView, linked: boolean): ReceiverLook {
  if (!linked) return 'unknown';
  if (!receiver.online) return 'offline';
  return (receiver.report?.sounding.length ?? 0) > 0 ? 'sounding' : 'online';
}

/** A zone's own place, or that of the nearest zone above it that has one. */
export function placeOf(tree: ZoneTree, zoneId: Zone['id'], projection: Projection): Point | null {
  for (const id of [...tree.pathTo(zoneId)].reverse()) {
    const zone = tree.zoneById(id);
    if (zone?.lat != null && zone.lng != null) return projection.project(zone.lng, zone.lat);
  }
  return null;
}

export function receiverDots(
  tree: ZoneTree,
  picture: LivePicture,
  projection: Projection,
  linked: boolean,
): readonly ReceiverDot[] {
  const seen = new Map<string, number>();
  const dots: ReceiverDot[] = [];
  for (const receiver of picture.receivers.values()) {
    const place = placeOf(tree, receiver.zoneId, projection);
    if (!place) continue;
    const nth = seen.get(receiver.zoneId) ?? 0;
    seen.set(receiver.zoneId, nth + 1);
    const radius = nth === 0 ? 0 : SPREAD * Math.ceil(nth / 6);
    dots.push({
      id: receiver.receiverId,
      name: receiver.name,
      look: lookOf(receiver, linked),
      x: place.x + radius * Math.cos(nth),
      y: place.y + radius * Math.sin(nth),
    });
  }
  return dots;
}

export function zonesOfKind(tree: ZoneTree, kind: Zone['kind'], projection: Projection): readonly ZoneDot[] {
  return tree.zones.flatMap((zone) =>
    zone.kind === kind && zone.lat !== null && zone.lng !== null
      ? [{ zone, ...projection.project(zone.lng, zone.lat) }]
      : [],
  );
}

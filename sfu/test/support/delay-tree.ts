import type { ReceiverId, ZoneId } from '@loa/shared/ids';
import type { ReceiverView } from '@loa/shared/protocol/receivers';
import type { Zone } from '@loa/shared/zones/zone';
import { buildZoneTree } from '@loa/shared/zones/zone-tree';

export const WARD = 'ward' as ZoneId;
export const STREET = 'street' as ZoneId;

/** A city with a ward of two streets; `delays`: what is set for zones, in ms. */
export function treeWith(delays: Readonly<Record<string, number>> = {}) {
  const zones = [
    ['city', null, 'city'],
    ['ward', 'city', 'ward'],
    ['street', 'ward', 'neighbourhood'],
    ['lane', 'ward', 'neighbourhood'],
  ] as const;
  const tree = buildZoneTree(
    zones.map(([id, parentId, kind]): Zone => {
      const delay = delays[id];
      const place = { lat: null, lng: null, population: null };
      const zone = { id: id as ZoneId, parentId: parentId as ZoneId | null, kind, code: id, name: id, ...place };
      return delay === undefined ? zone : { ...zone, playoutDelayMs: delay };
    }),
  );
  if (!tree.ok) throw new Error('a tree');
  return tree.value;
}

/** A loudspeaker that is connected and has reported nothing. */
export function receiver(id: string, zone: string, more: Partial<ReceiverView> = {}): ReceiverView {
  const settings = { volume: 80, emergencyVolume: 100, muted: false };
  const known = { name: id, kind: 'loudspeaker' as const, softwareVersion: '', lastSeenAt: null, report: null };
  return { receiverId: id as ReceiverId, zoneId: zone as ZoneId, online: true, ...known, ...settings, ...more };
}

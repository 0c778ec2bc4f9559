import { zoneIdSchema } from '@loa/shared/broadcasts/commands';
import type { ZoneId } from '@loa/shared/ids';
import { zoneSchema } from '@loa/shared/zones/zone';
import { buildZoneTree, type ZoneTree } from '@loa/shared/zones/zone-tree';
import {
  broadcastViewSchema,
  segmentViewSchema,
  type BroadcastView,
  type SegmentView,
} from '@loa/shared/protocol/live';

export function zoneId(id: string): ZoneId {
  return zoneIdSchema.parse(id);
}

/** City c with wards w2 (clusters k1, k2) and w10 (cluster k3). */
export const SMALL_CITY: ZoneTree = tree([
  ['c', null, 'city', 'Thành phố Vũng Tàu'],
  ['w10', 'c', 'ward', 'Phường 10'],
  ['w2', 'c', 'ward', 'Phường 2'],
  ['k1', 'w2', 'cluster', 'Cụm loa 1'],
  ['k2', 'w2', 'cluster', 'Cụm loa 2'],
  ['k3', 'w10', 'cluster', 'Cụm loa 3'],
]);

function tree(rows: readonly (readonly [string, string | null, string, string])[]): ZoneTree {
  const zones = rows.map(([id, parentId, kind, name]) =>
    zoneSchema.parse({ id, parentId, kind, name, code: id, lat: null, lng: null, population: null }),
  );
  const built = buildZoneTree(zones);
  if (!built.ok) throw new Error(JSON.stringify(built.error));
  return built.value;
}

/** A broadcast on air in ward 2 that started at 1,000 ms; `changes` replaces fields. */
export function aBroadcast(changes: Partial<Record<keyof BroadcastView, unknown>> = {}): BroadcastView {
  return broadcastViewSchema.parse({
    broadcastId: 'b1',
    tag: 1,
    rank: 76,
    title: 'Thông báo',
    source: { kind: 'live', sourceId: 's1' },
    zones: ['w2'],
    level: 1,
    authority: 1,
    mode: 'replace',
    by: { id: 'p1', name: 'Chị Hoa' },
    phase: 'on-air',
    startedAt: 1_000,
    expiresAt: null,
    endedAt: null,
    endReason: null,
    paused: false,
    playhead: null,
    sourceKeepUntil: null,
    interrupted: [],
    local: false,
    ...changes,
  });
}

/** A stored message that can be played; `changes` replaces fields. */
export function aSegment(segmentId: string, changes: Partial<Record<keyof SegmentView, unknown>> = {}): SegmentView {
  return segmentViewSchema.parse({
    segmentId,
    title: `Tin ${segmentId}`,
    originalName: 'tin.mp3',
    purpose: 'emergency',
    status: 'ready',
    progress: 1,
    error: null,
    durationMs: 1_000,
    loudnessLufs: -16,
    truePeakDbtp: -1,
    createdAt: 1,
    ...changes,
  });
}

import { changeSchema, NO_OTHER_NODE, snapshotSchema } from '@loa/shared/protocol/live';
import { describe, expect, test } from 'vitest';
import { REPORT } from '../../../test/support/receivers.ts';
import { aBroadcast, aSegment } from '../../../test/support/zones.ts';
import { applyChange, audienceKey, fromSnapshot, isReportOnly, type LivePicture } from './picture.ts';

const start = fromSnapshot(
  snapshotSchema.parse({
    version: 7,
    treeVersion: 'tree-1',
    authority: { kind: 'shared', since: null },
    node: NO_OTHER_NODE,
    serverTimeMs: 0,
    broadcasts: [aBroadcast()],
    sources: [],
    receivers: [],
    tallies: [],
  }),
);

function change(version: number, rest: Record<string, unknown> = {}) {
  return changeSchema.parse({ version, serverTimeMs: 0, ...rest });
}

function applied(picture: LivePicture, ...args: Parameters<typeof change>): LivePicture {
  const result = applyChange(picture, change(...args));
  if (result.kind !== 'applied') throw new Error(result.kind);
  return result.picture;
}

const SOURCE = {
  sourceId: 's1',
  label: 'desk',
  connected: true,
  packetsPerSecond: 50,
  droppedPackets: 0,
  broadcastId: null,
};

const RECEIVER = {
  receiverId: 'r1',
  name: 'Loa 1',
  kind: 'loudspeaker',
  zoneId: 'k1',
  online: false,
  lastSeenAt: 1,
  softwareVersion: '1',
  volume: 80,
  emergencyVolume: 100,
  muted: false,
  report: null,
};

describe('live picture', () => {
  test('the next version is applied, an older one dropped, a gap is told', () => {
    expect(applied(start, 8).version).toBe(8);
    expect(applyChange(start, change(7)).kind).toBe('old');
    expect(applyChange(start, change(9)).kind).toBe('gap');
  });

  test('parts without a change keep their identity', () => {
    const next = applied(start, 8, { sources: [SOURCE] });
    expect(next.broadcasts).toBe(start.broadcasts);
    expect(next.sources.has('s1')).toBe(true);
  });

  test('a removed source leaves', () => {
    const next = applied(applied(start, 8, { sources: [SOURCE] }), 9, { removedSources: ['s1'] });
    expect(next.sources.size).toBe(0);
  });

  test('a receiver that was taken out of the list leaves, at once', () => {
    const removal = { removedReceivers: ['r1'] };
    const listed = applied(start, 8, { receivers: [RECEIVER] });
    expect(listed.receivers.has('r1')).toBe(true);
    expect(applied(listed, 9, removal).receivers.size).toBe(0);
    expect(isReportOnly(change(9, removal))).toBe(false);
  });

  test('a source that the server has closed leaves, and is known to have left, as the last of many', () => {
    const many = Array.from({ length: 150 }, (_, n) => `s${n}`);
    const next = applied(applied(start, 8, { removedSources: many }), 9, { removedSources: ['own'] });
    expect([next.removedSources.has('own'), next.removedSources.has('s0'), next.removedSources.size]).toEqual([
      true,
      false,
      100,
    ]);
  });

  test('a segment that was deleted leaves, and is known to have left', () => {
    const removal = { removedSegments: ['g1'] };
    const listed = applied(start, 8, { segments: [aSegment('g1')] });
    const next = applied(listed, 9, removal);
    expect([listed.segments.has('g1'), next.segments.has('g1'), next.removedSegments.has('g1')]).toEqual([
      true,
      false,
      true,
    ]);
    expect(isReportOnly(change(9, removal))).toBe(false);
  });

  test('of many ended broadcasts the newest 50 stay, and all that are live', () => {
    const ended = Array.from({ length: 60 }, (_, i) =>
      aBroadcast({ broadcastId: `e${i}`, phase: 'ended', endedAt: i }),
    );
    const next = applied(start, 8, { broadcasts: ended });
    expect(next.broadcasts.size).toBe(51);
    expect(next.broadcasts.has('e9')).toBe(false);
    expect(next.broadcasts.has('e10')).toBe(true);
    expect(next.broadcasts.has('b1')).toBe(true);
  });

  test('a tally is never counted among the reports that may wait', () => {
    expect(isReportOnly(change(8, { receivers: [] }))).toBe(true);
    expect(isReportOnly(change(8, { receivers: [], tallies: [] }))).toBe(false);
  });
});

test('BR30: whoever is silenced or heard again makes a preview untrue; a volume that is not 0 does not', () => {
  const keyWith = (rest: object) =>
    audienceKey(applied(start, 8, { receivers: [{ ...RECEIVER, online: true, report: REPORT, ...rest }] }).receivers);
  expect(keyWith({ volume: 20, report: { ...REPORT, packets: 50 } })).toBe(keyWith({}));
  const silenced = [
    { muted: true },
    { volume: 0 },
    { report: { ...REPORT, path: 'lost' } },
    { online: false },
    { receiverId: 'r2', muted: true },
  ];
  expect(new Set([{}, ...silenced].map(keyWith)).size).toBe(silenced.length + 1);
});

test('LA7: says that the server is on its own, and when it is not any more', () => {
  const authority = { kind: 'local', since: 500 };
  const alone = applied(start, 8, { authority });
  expect(alone.authority).toEqual(authority);
  expect(isReportOnly(change(8, { authority }))).toBe(false);
  expect(applied(alone, 9).authority).toEqual(authority);
  expect(applied(alone, 9, { authority: { kind: 'shared', since: null } }).authority.kind).toBe('shared');
});

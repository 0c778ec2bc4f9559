import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LoggedEvent } from '@loa/shared/broadcasts/events';
import type { Change, NodeNotice } from '@loa/shared/protocol/live';
import { changeSchema, snapshotSchema } from '@loa/shared/protocol/live';
import type { ReceiverView } from '@loa/shared/protocol/receivers';
import { buildZoneTree } from '@loa/shared/zones/zone-tree';
import type { Zone } from '@loa/shared/zones/zone';
import { reportOf } from '../../../test/support/receiver-report.ts';
import { createLivePicture } from './live-picture.ts';

const zone = (id: string, parentId: string | null): Zone =>
  ({ id, parentId, kind: 'ward', code: id, name: id, lat: null, lng: null, population: null }) as never;
const built = buildZoneTree([
  zone('city', null),
  zone('w1', 'city'),
  zone('w2', 'city'),
  zone('c1', 'w1'),
  zone('c2', 'w1'),
]);
if (!built.ok) throw new Error('the test tree is broken');
const TREE = built.value;

let version = 0;
const log = (event: object): LoggedEvent =>
  ({ version: ++version, at: 1_000 + version, prevHash: '', hash: '', event }) as never;
const started = (id: string, tag: number, zones: string[], rest: object = {}) =>
  log({
    type: 'broadcast-started',
    broadcastId: id,
    tag,
    phase: 'on-air',
    expiresAt: null,
    spec: {
      id,
      key: `key-of-${id}-0123456789`,
      title: id,
      source: { kind: 'live', sourceId: `source-of-${id}` },
      zones,
      level: 1,
      authority: 1,
      mode: 'replace',
      wait: false,
      by: { id: 'p', name: 'n' },
      ...rest,
    },
  });
const ended = (id: string) =>
  log({ type: 'broadcast-ended', broadcastId: id, reason: 'stopped', by: null, detail: null });

function receiver(id: string, zoneId: string, rest: Partial<ReceiverView> = {}): ReceiverView {
  return {
    receiverId: id,
    name: id,
    kind: 'loudspeaker',
    zoneId,
    online: true,
    lastSeenAt: 1,
    softwareVersion: '1',
    volume: 80,
    emergencyVolume: 100,
    muted: false,
    report: null,
    ...rest,
  } as never;
}
const sounding = (tag: number, firstSoundAt: number) => reportOf([{ tag, rank: 76, role: 'main', firstSoundAt }], 1);
const source = (sourceId: string) =>
  ({ sourceId, label: 'l', connected: true, packetsPerSecond: 50, droppedPackets: 0 }) as never;

function setUp() {
  const picture = createLivePicture({ tree: TREE, treeVersion: 'tree-1' }, () => 5_000);
  const changes: Change[] = [];
  picture.onChange((change) => changes.push(change));
  const settle = () => vi.advanceTimersByTime(100);
  return { picture, changes, settle };
}

beforeEach(() => {
  version = 0;
  vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

describe('the live picture', () => {
  it('collects changes into numbered messages without a gap that fit the protocol', () => {
    const { picture, changes, settle } = setUp();
    picture.fold([started('a', 1, ['w1'])]);
    picture.setReceiver(receiver('r1', 'c1'));
    settle();
    picture.fold([ended('a')]);
    settle();
    expect(changes.map((change) => change.version)).toEqual([1, 2]);
    expect(changes[0]).toMatchObject({
      broadcasts: [{ broadcastId: 'a', phase: 'on-air' }],
      receivers: [{ receiverId: 'r1' }],
    });
    expect(changes[1]?.broadcasts?.[0]).toMatchObject({ phase: 'ended', endReason: 'stopped', endedAt: 1_002 });
    for (const change of changes) expect(changeSchema.parse(change)).toEqual(change);
    expect(snapshotSchema.parse(picture.snapshot())).toMatchObject({ version: 2, broadcasts: [] });
  });

  it('says nothing when nothing changed, and folds an event once', () => {
    const { picture, changes, settle } = setUp();
    const event = started('a', 1, ['w1']);
    picture.fold([event]);
    settle();
    picture.fold([event]);
    settle();
    expect(changes).toHaveLength(1);
  });

  it('BR26: over another tree it says so once, and shows who is silent where in zones of that tree', () => {
    const { picture, changes, settle } = setUp();
    picture.fold([started('a', 1, ['w1', 'w2']), started('alarm', 2, ['w1'], { level: 3 })]);
    settle();
    const next = buildZoneTree([zone('city', null), zone('w2', 'city'), zone('c1', 'w2'), zone('c3', 'w2')]);
    if (!next.ok) throw new Error('the other test tree is broken');
    picture.setTree({ tree: next.value, treeVersion: 'tree-2' });
    settle();
    picture.setReceiver(receiver('r1', 'c1'));
    settle();
    expect(changes.map(({ treeVersion }) => treeVersion)).toEqual([undefined, 'tree-2', undefined]);
    expect(changes[1]?.broadcasts).toMatchObject([{ broadcastId: 'a', interrupted: [] }]);
    expect(snapshotSchema.parse(picture.snapshot()).treeVersion).toBe('tree-2');
    expect(picture.snapshot().tallies.find(({ broadcastId }) => broadcastId === 'a')?.expected).toBe(1);
  });

  it('shows who uses a source', () => {
    const { picture } = setUp();
    picture.setSource(source('source-of-a'));
    expect(picture.sources[0]?.broadcastId).toBeNull();
    picture.fold([started('a', 1, ['w1'])]);
    expect(picture.sources[0]?.broadcastId).toBe('a');
  });

  it('a source that went and came back between two messages is there, one that came and went is not', () => {
    const { picture, changes, settle } = setUp();
    picture.setSource(source('s'));
    settle();
    picture.removeSource('s' as never);
    picture.setSource(source('s'));
    picture.setSource(source('t'));
    picture.removeSource('t' as never);
    settle();
    expect(changes[1]).toMatchObject({ sources: [{ sourceId: 's' }], removedSources: ['t'] });
    expect(changes[1]?.removedSources).toEqual(['t']);
    picture.replaceSources([source('u')]);
    settle();
    expect(changes[2]).toMatchObject({ sources: [{ sourceId: 'u' }], removedSources: ['s'] });
  });

  it('forgets what ended long ago, with its tag and tally', () => {
    const { picture, settle } = setUp();
    for (let n = 1; n <= 600; n++) {
      picture.fold([started(`b${n}`, n, ['w1'])]);
      settle();
      picture.fold([ended(`b${n}`)]);
    }
    expect(picture.broadcastById('b1' as never)).toBeUndefined();
    expect(picture.broadcastIdOfTag(1)).toBeUndefined();
    expect(picture.broadcastById('b600' as never)).toMatchObject({ phase: 'ended' });
    expect(picture.broadcastIdOfTag(600)).toBe('b600');
  });

  it('begins anew after another pump answered', () => {
    const { picture, changes, settle } = setUp();
    picture.fold([started('a', 1, ['w1'])]);
    settle();
    picture.reset(10);
    expect(picture.state).toMatchObject({ version: 10 });
    expect(picture.snapshot().broadcasts).toEqual([]);
    version = 10;
    picture.fold([started('b', 2, ['w1'])]);
    settle();
    expect(changes.at(-1)?.broadcasts?.map(({ broadcastId }) => broadcastId)).toEqual(['b']);
  });
});

describe('the tally, from what receivers report', () => {
  const tallyOf = (zones: string[], receivers: ReceiverView[]) => {
    const { picture } = setUp();
    for (const view of receivers) picture.setReceiver(view);
    picture.fold([started('a', 7, zones)]);
    return picture.snapshot().tallies[0];
  };

  it('counts the receivers of its zones and those that really sound it', () => {
    const receivers = [
      receiver('r1', 'c1', { report: sounding(7, 300) }),
      receiver('r2', 'c2', { report: sounding(7, 200) }),
      receiver('r3', 'c2', { report: sounding(8, 100) }),
      receiver('r4', 'w2', { report: sounding(7, 50) }),
    ];
    expect(tallyOf(['w1'], receivers)).toEqual({
      broadcastId: 'a',
      expected: 3,
      online: 3,
      sounding: 2,
      firstSoundAt: 200,
      quietSince: null,
    });
  });

  it('an installed receiver that is away is expected, a page that was closed is not', () => {
    const receivers = [
      receiver('r1', 'c1', { online: false }),
      receiver('r2', 'c1', { online: false, kind: 'bridge' }),
      receiver('r3', 'c1', { online: false, kind: 'browser' }),
      receiver('r4', 'c1', { online: false, kind: 'fleet' }),
    ];
    expect(tallyOf(['city'], receivers)).toMatchObject({ expected: 2, online: 0, sounding: 0 });
  });

  it('RK6: a receiver of a ward all of whose clusters were chosen hears it', () => {
    expect(tallyOf(['c1', 'c2'], [receiver('r1', 'w1')])).toMatchObject({ expected: 1 });
    expect(tallyOf(['c1'], [receiver('r1', 'w1')])).toMatchObject({ expected: 0 });
  });

  it('a receiver whose zone is gone belongs to nobody', () => {
    expect(tallyOf(['city'], [receiver('r1', 'merged-away')])).toMatchObject({ expected: 0 });
  });

  it('remembers when a broadcast was first heard, also when nobody sounds it any more', () => {
    const { picture, settle } = setUp();
    picture.setReceiver(receiver('r1', 'c1'));
    picture.fold([started('a', 7, ['w1'])]);
    for (const report of [sounding(7, 300), sounding(8, 900), sounding(7, 950)]) {
      picture.setReceiver(receiver('r1', 'c1', { report }));
      settle();
      const heard = report?.sounding.some(({ tag }) => tag === 7);
      expect(picture.snapshot().tallies[0]).toMatchObject({ sounding: heard ? 1 : 0, firstSoundAt: 300 });
    }
  });

  it('is sent again only when it changed', () => {
    const { picture, changes, settle } = setUp();
    picture.setReceiver(receiver('r1', 'c1'));
    picture.fold([started('a', 7, ['w1'])]);
    settle();
    picture.setReceiver(receiver('r1', 'c1', { report: sounding(7, 300) }));
    settle();
    picture.setReceiver(receiver('r1', 'c1', { report: sounding(7, 300), volume: 10 }));
    settle();
    expect(changes.map(({ tallies }) => tallies?.map((tally) => tally.sounding))).toEqual([[0], [1], undefined]);
  });
});

describe('segments', () => {
  it('a removal is told, and takes the place of the progress that waited', () => {
    const { picture, changes, settle } = setUp();
    picture.showSegment({ segmentId: 'g1' } as never);
    picture.removeSegment('g1' as never);
    settle();
    expect(changes.map(({ segments, removedSegments }) => [segments, removedSegments])).toEqual([[undefined, ['g1']]]);
  });
});

describe('ND11: what pages are told of their node', () => {
  it('is in the snapshot, and in a change only when it is something else', () => {
    const { picture, changes, settle } = setUp();
    const notice: NodeNotice = { doors: ['http://b.test'], leave: 'when-free' };
    expect(picture.snapshot().node).toEqual({ doors: [], leave: null });
    picture.setNode(notice);
    picture.setNode({ ...notice });
    settle();
    expect(changes.map((change) => changeSchema.parse(change).node)).toEqual([notice]);
    expect(snapshotSchema.parse(picture.snapshot()).node).toEqual(notice);
    picture.setNode({ ...notice });
    settle();
    expect(changes).toHaveLength(1);
  });
});

describe('LA7: a node that decides on its own', () => {
  it('is announced, with what it has begun, until the log has taken that', () => {
    const { picture, changes, settle } = setUp();
    picture.fold([started('talk', 1, ['w1'])]);
    picture.setAuthority({ kind: 'local', since: 500 });
    picture.setAuthority({ kind: 'local', since: 500 });
    picture.fold(
      [started('alarm', 2, ['w2'], { level: 3 }), started('brief', 3, ['w2'], { level: 3 }), ended('brief')],
      true,
    );
    settle();
    const localIn = (change: Change | undefined) =>
      Object.fromEntries((change?.broadcasts ?? []).map(({ broadcastId, local }) => [broadcastId, local]));
    expect(changeSchema.parse(changes.at(-1)).authority).toEqual({ kind: 'local', since: 500 });
    expect(localIn(changes.at(-1))).toEqual({ talk: false, alarm: true, brief: true });
    expect(snapshotSchema.parse(picture.snapshot())).toMatchObject({ authority: { kind: 'local', since: 500 } });

    picture.settleLocal();
    picture.setAuthority({ kind: 'shared', since: null });
    settle();
    expect(changes.at(-1)?.authority).toEqual({ kind: 'shared', since: null });
    expect(localIn(changes.at(-1))).toEqual({ alarm: false, brief: false });
    picture.fold([ended('talk')]);
    settle();
    expect(changes.at(-1)?.authority).toBeUndefined();
  });
});

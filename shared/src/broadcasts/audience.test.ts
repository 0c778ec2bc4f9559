import { describe, expect, it } from 'vitest';
import { previewSchema } from '../protocol/live.ts';
import { RECEIVER_KINDS, type ReceiverReport, type ReceiverView } from '../protocol/receivers.ts';
import { buildZoneTree } from '../zones/zone-tree.ts';
import type { Zone } from '../zones/zone.ts';
import { audienceOf } from './audience.ts';
import { LEVEL } from './rank.ts';

const zone = (id: string, parentId: string | null): Zone =>
  ({ id, parentId, kind: 'ward', code: id, name: id, lat: null, lng: null, population: null }) as never;
const built = buildZoneTree([zone('city', null), zone('w1', 'city'), zone('w2', 'city'), zone('c1', 'w1')]);
if (!built.ok) throw new Error('the test tree is broken');
const TREE = built.value;

const aReceiver = (receiverId: string, rest: object = {}): ReceiverView =>
  ({
    receiverId,
    name: `Loa ${receiverId}`,
    kind: 'loudspeaker',
    zoneId: 'c1',
    online: true,
    volume: 80,
    emergencyVolume: 100,
    muted: false,
    report: null,
    ...rest,
  }) as never;
const on = (path: ReceiverReport['path']) => ({ report: { path } });
const audience = (receivers: ReceiverView[], level: (typeof LEVEL)[keyof typeof LEVEL] = LEVEL.normal) =>
  previewSchema.shape.receivers.parse(audienceOf(receivers, TREE, ['w1'] as never, level));

const SILENT = [
  aReceiver('muted', { muted: true, ...on('up') }),
  aReceiver('turned-down', { volume: 0, ...on('up') }),
  aReceiver('lost', { ...on('lost'), muted: true }),
  aReceiver('connecting', on('connecting')),
];
const whyOf = ({ muted }: ReturnType<typeof audience>) => muted.map(({ receiverId, why }) => [receiverId, why]);

describe('BR30: who will hear it', () => {
  it('is who is online in its zones; those who are away are named, pages and load tests are not', () => {
    const away = RECEIVER_KINDS.map((kind) => aReceiver(kind, { kind, online: false }));
    const elsewhere = aReceiver('elsewhere', { zoneId: 'w2', muted: true });
    expect(audience([aReceiver('a'), aReceiver('b', on('up')), elsewhere, ...away])).toEqual({
      online: 2,
      muted: [],
      offline: [
        { receiverId: 'loudspeaker', name: 'Loa loudspeaker', zoneId: 'c1' },
        { receiverId: 'bridge', name: 'Loa bridge', zoneId: 'c1' },
      ],
    });
  });

  it('is nobody who is muted, at volume 0 or without a media path', () => {
    const { online, muted } = audience([aReceiver('hears'), ...SILENT]);
    expect(online).toBe(1);
    expect(muted[0]).toEqual({ receiverId: 'muted', name: 'Loa muted', zoneId: 'c1', why: 'muted' });
    expect(whyOf({ online, muted, offline: [] })).toEqual([
      ['muted', 'muted'],
      ['turned-down', 'volume-zero'],
      ['lost', 'no-media-path'],
      ['connecting', 'no-media-path'],
    ]);
  });

  it('of an emergency is also who is muted or at volume 0, but nobody without a media path', () => {
    const heard = audience(SILENT, LEVEL.emergency);
    expect(heard.online).toBe(2);
    expect(whyOf(heard)).toEqual([
      ['lost', 'no-media-path'],
      ['connecting', 'no-media-path'],
    ]);
  });

  it('does not call somebody silent twice: who is away is away, whatever was set', () => {
    expect(audience([aReceiver('away', { online: false, muted: true, ...on('lost') })])).toMatchObject({
      online: 0,
      muted: [],
      offline: [{ receiverId: 'away' }],
    });
  });
});

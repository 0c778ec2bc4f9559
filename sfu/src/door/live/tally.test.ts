import { describe, expect, it } from 'vitest';
import type { LiveBroadcast } from '@loa/shared/broadcasts/state';
import type { ReceiverId, ZoneId } from '@loa/shared/ids';
import type { ReceiverReport, ReceiverView } from '@loa/shared/protocol/receivers';
import { buildZoneTree, type ZoneTree } from '@loa/shared/zones/zone-tree';
import { reportOf } from '../../../test/support/receiver-report.ts';
import { type Heard, tallyOf } from './tally.ts';

const WARD = 'w' as ZoneId;
const TREE = ((): ZoneTree => {
  const row = { kind: 'ward', code: '', name: '', lat: null, lon: null, validFrom: 0, validTo: null };
  const built = buildZoneTree([{ ...row, id: WARD, parentId: null }] as unknown as Parameters<typeof buildZoneTree>[0]);
  if (!built.ok) throw new Error(JSON.stringify(built.error));
  return built.value;
})();

const broadcast = (level: number, rest: Partial<LiveBroadcast> = {}): LiveBroadcast =>
  ({ id: 'b', tag: 7, spec: { level, zones: [WARD] }, paused: false, ...rest }) as unknown as LiveBroadcast;

const sounds = (levelDbfs: number | null, report: Partial<ReceiverReport> = {}): ReceiverView =>
  ({
    receiverId: 'r' as ReceiverId,
    kind: 'loudspeaker',
    zoneId: WARD,
    online: true,
    report: {
      ...reportOf([{ tag: 7, rank: 64, role: 'main', firstSoundAt: 1 }]),
      levelDbfs,
      volume: 80,
      muted: false,
      ...report,
    },
  }) as unknown as ReceiverView;

const quietSince = (receivers: ReceiverView[], now: number, before?: Heard, of = broadcast(1)) =>
  tallyOf(of, TREE, receivers, now, before).quietSince;

describe('LV10: a broadcast of which only silence is heard', () => {
  it('is known by all that sound it, since the first time they all said so', () => {
    expect(quietSince([sounds(-20), sounds(null)], 100)).toBeNull();
    expect(quietSince([sounds(-70), sounds(null)], 100)).toBe(100);
    expect(quietSince([sounds(-70)], 900, { firstSoundAt: 1, quietSince: 100 })).toBe(100);
    expect(quietSince([sounds(-70), sounds(-59)], 900, { firstSoundAt: 1, quietSince: 100 })).toBeNull();
  });

  it('is not known by those whose level says nothing of it', () => {
    expect(quietSince([], 100)).toBeNull();
    expect(quietSince([sounds(null, { muted: true })], 100)).toBeNull();
    expect(quietSince([sounds(null, { volume: 0 })], 100)).toBeNull();
    const two = sounds(null).report?.sounding[0];
    expect(
      quietSince([sounds(null, { sounding: two ? [two, { ...two, tag: 8, role: 'overlay' }] : [] })], 100),
    ).toBeNull();
    expect(quietSince([sounds(null, { muted: true })], 100, undefined, broadcast(3))).toBe(100);
    const ofLoadTest: ReceiverView = { ...sounds(null), kind: 'fleet' };
    expect(quietSince([ofLoadTest], 100)).toBeNull();
    expect(quietSince([ofLoadTest, sounds(-70)], 100)).toBe(100);
  });

  it('is not one that is paused', () => {
    expect(quietSince([sounds(null)], 100, undefined, broadcast(1, { paused: true }))).toBeNull();
  });
});

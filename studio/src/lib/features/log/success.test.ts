import { receiverIdSchema } from '@loa/shared/protocol/receivers';
import { describe, expect, test } from 'vitest';
import { zoneId } from '../../../../test/support/zones.ts';
import { expectedCount, MOST_RECORDS, overallRatio, sharesOf, verdictOf } from './success.ts';

const aRecord = (receiverId: string, renderedMs: number, concealedMs = 0, firstSoundAt = 5) => ({
  receiverId: receiverIdSchema.parse(receiverId),
  zoneId: zoneId(receiverId === 'b' ? 'k3' : 'k1'),
  renderedMs,
  concealedMs,
  lostPackets: 1,
  firstSoundAt,
});

describe('success of a broadcast', () => {
  test('from 80 % on it is good, up to 60 % it is poor', () => {
    expect([0.8, 0.79, 0.61, 0.6].map(verdictOf)).toEqual(['good', 'fair', 'fair', 'bad']);
  });

  test('pages that were closed and load tests are not expected to have played it, unless they did', () => {
    const id = (text: string) => receiverIdSchema.parse(text);
    const inZones = (['loudspeaker', 'bridge', 'browser', 'fleet', 'browser'] as const).map((kind, index) => ({
      receiverId: id(`r${index}`),
      kind,
      zoneId: zoneId('k1'),
    }));
    const all = () => 10_000;
    expect(expectedCount(inZones, [], all)).toBe(2);
    expect(expectedCount(inZones, [{ receiverId: id('r0') }, { receiverId: id('r4') }], all)).toBe(3);
  });

  test('where it was never on the air nobody is expected', () => {
    const inZones = ['k1', 'k3'].map((zone) => ({
      receiverId: receiverIdSchema.parse(zone),
      kind: 'loudspeaker' as const,
      zoneId: zoneId(zone),
    }));
    expect(expectedCount(inZones, [], (zone) => (zone === 'k1' ? 0 : 10_000))).toBe(1);
  });

  test('what was interrupted in a zone is nothing that its receivers have missed', () => {
    const records = [aRecord('a', 4_000), aRecord('b', 9_000)];
    const shares = sharesOf(records, (zone) => (zone === 'k1' ? 4_000 : 10_000));
    expect(shares.map(({ receiverId, ratio }) => [receiverId, ratio])).toEqual([
      ['b', 0.9],
      ['a', 1],
    ]);
  });

  test('as long as it is not known how long it was on the air nobody is judged', () => {
    const shares = sharesOf([aRecord('a', 4_000), aRecord('b', 9_000)], (zone) => (zone === 'k1' ? null : 10_000));
    expect(shares.map(({ ratio }) => ratio)).toEqual([null, 0.9]);
    expect(overallRatio(shares, 2)).toBeNull();
  });

  test('of records that may have been cut off nobody is judged', () => {
    const records = Array.from({ length: MOST_RECORDS }, (_, n) => aRecord(`r${n}`, 10_000));
    const all = () => 10_000;
    expect(overallRatio(sharesOf(records.slice(1), all), 0)).toBe(1);
    expect(overallRatio(sharesOf(records, all), 0)).toBeNull();
  });

  test('the records of one receiver are added, the earliest sound counts, the worst receiver is first', () => {
    const shares = sharesOf(
      [aRecord('a', 3_000, 0, 20), aRecord('a', 5_000, 0, 10), aRecord('b', 1_000)],
      () => 10_000,
    );
    expect(shares).toMatchObject([
      { receiverId: 'b', ratio: 0.1 },
      { receiverId: 'a', ratio: 0.8, renderedMs: 8_000, lostPackets: 2, firstSoundAt: 10 },
    ]);
  });

  test('concealed sound does not count as played', () => {
    expect(sharesOf([aRecord('a', 10_000, 4_000)], () => 10_000)[0]?.ratio).toBe(0.6);
  });

  test('more than everything is everything', () => {
    expect(sharesOf([aRecord('a', 12_000)], () => 10_000)[0]?.ratio).toBe(1);
  });

  test('receivers without a record pull the rate down; nobody at all is no rate', () => {
    expect(
      overallRatio(
        sharesOf([aRecord('a', 10_000)], () => 10_000),
        4,
      ),
    ).toBe(0.25);
    expect(overallRatio([], 0)).toBeNull();
  });
});

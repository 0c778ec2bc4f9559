import { receiverViewSchema, type ReceiverView } from '@loa/shared/protocol/receivers';
import { describe, expect, test } from 'vitest';
import { REPORT } from '../../../../test/support/receivers.ts';
import { SMALL_CITY } from '../../../../test/support/zones.ts';
import { hasSecondPath, isInTrouble, listReceivers } from './receiver-list.ts';

function aReceiver(
  id: string,
  changes: Record<string, unknown> = {},
  report: Record<string, unknown> | null = {},
): ReceiverView {
  return receiverViewSchema.parse({
    receiverId: id,
    name: `Loa ${id}`,
    kind: 'loudspeaker',
    zoneId: 'k1',
    online: true,
    lastSeenAt: 1,
    softwareVersion: '1',
    volume: 80,
    emergencyVolume: 100,
    muted: false,
    report: report === null ? null : { ...REPORT, ...report },
    ...changes,
  });
}

const noLoss = () => 0;

describe('receivers', () => {
  test('BR30: a path that does not come about is trouble; one that has said nothing yet is not', () => {
    expect(isInTrouble(aReceiver('a', {}, { path: 'connecting' }), 0)).toBe(true);
    expect(isInTrouble(aReceiver('a', {}, null), 0)).toBe(false);
  });

  test('a lost path, loss or an own complaint is trouble; being away is not', () => {
    expect(isInTrouble(aReceiver('a', {}, { path: 'lost' }), 0)).toBe(true);
    expect(isInTrouble(aReceiver('a'), 0.1)).toBe(true);
    expect(isInTrouble(aReceiver('a', {}, { problem: 'no sound card' }), 0)).toBe(true);
    expect(isInTrouble(aReceiver('a', { online: false }, { path: 'lost' }), 0)).toBe(false);
    expect(isInTrouble(aReceiver('a'), 0)).toBe(false);
  });

  test('PO40: a second path is that of a receiver that is there and says so; without one it is in no trouble', () => {
    expect(hasSecondPath(aReceiver('a', {}, { secondPath: true }))).toBe(true);
    expect(hasSecondPath(aReceiver('a', { online: false }, { secondPath: true }))).toBe(false);
    expect(hasSecondPath(aReceiver('a'))).toBe(false);
    expect(hasSecondPath(aReceiver('a', {}, null))).toBe(false);
    expect(isInTrouble(aReceiver('a'), 0)).toBe(false);
  });

  test('what needs a person is on top, then names as people count', () => {
    const list = [
      aReceiver('10'),
      aReceiver('2'),
      aReceiver('8', { online: false }),
      aReceiver('9', {}, { path: 'lost' }),
    ];
    expect(listReceivers(list, 'all', '', SMALL_CITY, noLoss).map((one) => one.receiverId)).toEqual([
      '9',
      '8',
      '2',
      '10',
    ]);
  });

  test('the search ignores accents and looks at zones too', () => {
    const list = [aReceiver('a'), aReceiver('b', { zoneId: 'k3' })];
    expect(listReceivers(list, 'all', 'phuong 10', SMALL_CITY, noLoss).map((one) => one.receiverId)).toEqual(['b']);
  });

  test('the filters tell online, offline and sounding apart', () => {
    const sounding = { sounding: [{ tag: 1, rank: 76, role: 'main', firstSoundAt: 1 }] };
    const list = [aReceiver('a'), aReceiver('b', { online: false }, sounding), aReceiver('c', {}, sounding)];
    const ids = (filter: 'sounding' | 'offline' | 'online') =>
      listReceivers(list, filter, '', null, noLoss).map((one) => one.receiverId);
    expect(ids('sounding')).toEqual(['c']);
    expect(ids('offline')).toEqual(['b']);
    expect(ids('online')).toEqual(['a', 'c']);
  });
});

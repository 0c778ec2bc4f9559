import { EMPTY_PICTURE } from '#lib/live/picture.ts';
import type { ReceiverView } from '@loa/shared/protocol/receivers';
import { expect, test } from 'vitest';
import { SMALL_CITY, zoneId } from '../../../../test/support/zones.ts';
import { lookOf, receiverDots } from './map-model.ts';

const sounding = { sounding: [{ tag: 1 }] };
const aReceiver = (online: boolean, report: unknown) =>
  ({ receiverId: 'r1', name: 'Loa 1', zoneId: zoneId('k1'), online, report }) as unknown as ReceiverView;

test('a receiver looks as it reports, and like nothing that is known while there is no link', () => {
  expect(lookOf(aReceiver(true, sounding), true)).toBe('sounding');
  expect(lookOf(aReceiver(true, null), true)).toBe('online');
  expect(lookOf(aReceiver(false, sounding), true)).toBe('offline');
  for (const online of [true, false]) expect(lookOf(aReceiver(online, sounding), false)).toBe('unknown');
});

test('the map draws them where they stand, or above', () => {
  const ward = { ...SMALL_CITY.zoneById(zoneId('w2')), lat: 10, lng: 107 };
  const tree = { ...SMALL_CITY, zoneById: (id: string) => (id === 'w2' ? ward : undefined) } as typeof SMALL_CITY;
  const picture = { ...EMPTY_PICTURE, receivers: new Map([['r1', aReceiver(true, sounding)]]) };
  const projection = { width: 1, height: 1, project: (x: number, y: number) => ({ x, y }) };
  expect(receiverDots(tree, picture, projection, false)).toMatchObject([{ look: 'unknown', x: 107, y: 10 }]);
});

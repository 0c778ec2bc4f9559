import { createDoors } from '#lib/live/doors.svelte.ts';
import { LiveStore } from '#lib/live/live-store.svelte.ts';
import { EMPTY_PICTURE } from '#lib/live/picture.ts';
import { receiverViewSchema, type ReceiverView } from '@loa/shared/protocol/receivers';
import { render } from 'svelte/server';
import { expect, test } from 'vitest';
import ReceiversPageWithLive from '../../../../test/support/ReceiversPageWithLive.svelte';
import { REPORT } from '../../../../test/support/receivers.ts';

function aReceiver(receiverId: string, report: object, kind = 'loudspeaker') {
  return receiverViewSchema.parse({
    receiverId,
    name: `Loa ${receiverId}`,
    kind,
    zoneId: 'w1',
    volume: 80,
    emergencyVolume: 100,
    muted: false,
    online: true,
    lastSeenAt: 1,
    softwareVersion: '1',
    report: { ...REPORT, ...report },
  });
}

/** The page with these receivers; `doors`: other nodes. */
async function drawn(receivers: readonly ReceiverView[], doors: string[] = []): Promise<string> {
  const live = new LiveStore(createDoors(['http://127.0.0.1:1']));
  live.link = 'connected';
  const node = { doors, leave: null };
  live.picture = { ...EMPTY_PICTURE, node, receivers: new Map(receivers.map((one) => [one.receiverId, one])) };
  return (await render(ReceiversPageWithLive, { props: { live } })).body;
}

test('how many have a second path is shown, and not read out each time that one comes or goes', async () => {
  const body = await drawn([aReceiver('r1', { secondPath: true }, 'fleet')]);
  const [, readOut = ''] = /<span aria-live="polite">(.*?)<\/span>/s.exec(body) ?? [];
  expect(readOut).toContain('1/1 bộ thu');
  expect(readOut).not.toContain('đường truyền thứ hai');
  expect(body).toContain('1 có đường truyền thứ hai');
});

test('PO71: what is wrong with a receiver is said in Vietnamese, with what to do; words without a code are shown as they are', async () => {
  const body = await drawn([
    aReceiver('r1', { problem: 'pa_simple_write failed', problemCode: 'sound-card' }),
    aReceiver('r2', { problem: 'of an older version' }),
  ]);
  expect(body).toContain('khởi động lại bộ thu');
  for (const words of ['pa_simple_write failed', 'of an older version'])
    expect(body).toContain(`<span lang="en">${words}`);
  expect(body.match(/· Có lỗi/g)).toHaveLength(4);
});

test('PO70: who is out of step is told from who is in step, without opening it, and by how much', async () => {
  const body = await drawn([
    aReceiver('r1', { behindMs: 44.6, problem: 'late', problemCode: 'late-packets' }),
    aReceiver('r2', { aheadMs: 120, ownDelayMs: 80, problem: 'own', problemCode: 'own-delay' }),
    aReceiver('r3', { behindMs: 0, aheadMs: 0 }),
  ]);
  expect(body).toContain('Phát sau các loa cùng khu 45 ms');
  expect(body).toContain('Phát trước các loa cùng khu 120 ms');
  expect(body).toContain('Độ trễ riêng trên thiết bị: 80 ms');
  expect(body.match(/Phát đúng nhịp/g)).toHaveLength(1);
  expect(body.match(/title="[^"]* · Lệch nhịp"/g)).toHaveLength(2);
});

test('PO111: who is on its way back to its place is not in step yet; what nobody hears is, and is told in figures', async () => {
  const body = await drawn([
    aReceiver('r1', { positionErrorMs: 13.7, driftPpm: -48.2 }),
    aReceiver('r2', { positionErrorMs: -0.04, driftPpm: 12 }),
    aReceiver('r3', { positionErrorMs: null, driftPpm: null }),
  ]);
  expect(body).toContain('Phát sau các loa cùng khu 14 ms');
  expect(body).toContain('Lệch vị trí 13,70 ms');
  expect(body).toContain('Thẻ âm thanh lệch nhịp -48 ppm');
  expect(body).toContain('Lệch vị trí -0,04 ms');
  expect(body.match(/Phát đúng nhịp/g)).toHaveLength(2);
  expect(body.match(/Lệch vị trí/g)).toHaveLength(2);
});

test('PO40: that a loudspeaker has no second path is said only where there is another node', async () => {
  const none = 'Đường thứ hai: chưa có';
  expect(await drawn([aReceiver('r1', {})])).not.toContain(none);
  expect(await drawn([aReceiver('r1', {})], ['http://127.0.0.1:2'])).toContain(none);
  expect(await drawn([aReceiver('r1', { secondPath: true })], ['http://127.0.0.1:2'])).not.toContain(none);
  expect(await drawn([aReceiver('r1', {}, 'browser')], ['http://127.0.0.1:2'])).not.toContain(none);
});

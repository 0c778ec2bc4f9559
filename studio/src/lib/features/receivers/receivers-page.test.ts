import { createDoors } from '#lib/live/doors.svelte.ts';
import { LiveStore } from '#lib/live/live-store.svelte.ts';
import { EMPTY_PICTURE } from '#lib/live/picture.ts';
import { receiverViewSchema } from '@loa/shared/protocol/receivers';
import { render } from 'svelte/server';
import { expect, test } from 'vitest';
import ReceiversPageWithLive from '../../../../test/support/ReceiversPageWithLive.svelte';
import { REPORT } from '../../../../test/support/receivers.ts';

test('how many have a second path is shown, and not read out each time that one comes or goes', async () => {
  const live = new LiveStore(createDoors(['http://127.0.0.1:1']));
  live.link = 'connected';
  const receiver = receiverViewSchema.parse({
    receiverId: 'r1',
    name: 'Loa 1',
    kind: 'fleet',
    zoneId: 'w1',
    volume: 80,
    emergencyVolume: 100,
    muted: false,
    online: true,
    lastSeenAt: 1,
    softwareVersion: '1',
    report: { ...REPORT, secondPath: true },
  });
  live.picture = { ...EMPTY_PICTURE, receivers: new Map([[receiver.receiverId, receiver]]) };
  const { body } = await render(ReceiversPageWithLive, { props: { live } });
  const [, readOut = ''] = /<span aria-live="polite">(.*?)<\/span>/s.exec(body) ?? [];
  expect(readOut).toContain('1/1 bộ thu');
  expect(readOut).not.toContain('đường truyền thứ hai');
  expect(body).toContain('1 có đường truyền thứ hai');
});

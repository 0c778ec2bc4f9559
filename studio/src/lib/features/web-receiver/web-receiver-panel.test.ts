import { zoneIdSchema } from '@loa/shared/broadcasts/commands';
import { receiverIdSchema, type Assignment } from '@loa/shared/protocol/receivers';
import { render } from 'svelte/server';
import { expect, test } from 'vitest';
import Panel from '../../../../test/support/WebReceiverPanelInVietnamese.svelte';
import { NO_STATS } from './page-playout.ts';
import type { PageStep } from './page-step.ts';
import { WebReceiver } from './web-receiver.svelte.ts';

const zoneId = zoneIdSchema.parse('w1');
const ASSIGNMENT: Assignment = {
  receiverId: receiverIdSchema.parse('web-1'),
  zoneId,
  path: [{ zoneId, name: 'Phường 1' }],
  whepUrl: 'http://127.0.0.1/whep',
  playoutDelayMs: 200,
  volume: 80,
  emergencyVolume: 100,
  muted: false,
  doors: [],
  serverTimeMs: 0,
};

async function panel(access: 'packets' | 'tracks', step: PageStep): Promise<string> {
  const receiver = new WebReceiver(['http://127.0.0.1:1']);
  receiver.assignment = ASSIGNMENT;
  receiver.access = access;
  receiver.stats = { ...NO_STATS, delayMs: 270 };
  receiver.step = step;
  return (await render(Panel, { props: { receiver } })).body;
}

test('PO90: the panel calls the page in step only when it is', async () => {
  expect(await panel('packets', { kind: 'in-step', errorMs: 4 })).toContain('cùng nhịp với các loa khác (± 4 ms');
  const unmeasured = await panel('packets', { kind: 'unmeasured', missing: 'output' });
  expect(unmeasured).toContain('không rõ có cùng nhịp');
  expect(unmeasured).not.toContain('Phát cùng nhịp');
});

test('PO93: where the browser decodes, the panel says by how much it is behind as well', async () => {
  const body = await panel('tracks', { kind: 'behind', behindMs: 70, errorMs: null, cause: 'unknown' });
  expect(body).toContain('Phát sau các loa khác khoảng 70 ms');
  expect(body).toContain('Trình duyệt này không cho trang đọc từng gói');
});

import { createDoors } from '#lib/live/doors.svelte.ts';
import { LiveStore } from '#lib/live/live-store.svelte.ts';
import { EMPTY_PICTURE } from '#lib/live/picture.ts';
import { render } from 'svelte/server';
import { expect, test } from 'vitest';
import ZonePickerWithLive from '../../../../test/support/ZonePickerWithLive.svelte';
import { aBroadcast, SMALL_CITY } from '../../../../test/support/zones.ts';

test('that a zone is on air is said, not only shown by a dot', async () => {
  const live = new LiveStore(createDoors(['http://127.0.0.1:1']));
  live.link = 'connected';
  live.nowMs = 2_000;
  live.zones = SMALL_CITY;
  live.picture = { ...EMPTY_PICTURE, broadcasts: new Map([['b1', aBroadcast()]]) };
  const { body } = await render(ZonePickerWithLive, { props: { live } });
  expect(body.replace(/<[^>]*>/g, ' ')).toContain('đang phát: Thông báo');
});

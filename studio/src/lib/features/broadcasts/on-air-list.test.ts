import { createDoors } from '#lib/live/doors.svelte.ts';
import { LiveStore, type LinkState } from '#lib/live/live-store.svelte.ts';
import { EMPTY_PICTURE } from '#lib/live/picture.ts';
import type { BroadcastView } from '@loa/shared/protocol/live';
import { tallySchema } from '@loa/shared/protocol/receivers';
import { render } from 'svelte/server';
import { describe, expect, test } from 'vitest';
import OnAirListWithLive from '../../../../test/support/OnAirListWithLive.svelte';
import { aBroadcast } from '../../../../test/support/zones.ts';

const draw = (link: LinkState, ...broadcasts: readonly BroadcastView[]) => drawQuiet(null, link, ...broadcasts);

async function drawQuiet(
  quietSince: number | null,
  link: LinkState,
  ...broadcasts: readonly BroadcastView[]
): Promise<string> {
  return textOf(await html(quietSince, link, ...broadcasts));
}

function textOf(body: string): string {
  return body
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

async function html(quietSince: number | null, link: LinkState, ...broadcasts: readonly BroadcastView[]) {
  const live = new LiveStore(createDoors(['http://127.0.0.1:1']));
  live.link = link;
  live.nowMs = 2_000;
  const heard = { expected: 3, online: 3, sounding: 3, firstSoundAt: 1_200, quietSince };
  const tally = tallySchema.parse({ broadcastId: 'b1', ...heard });
  live.picture = {
    ...EMPTY_PICTURE,
    broadcasts: new Map(broadcasts.map((one) => [one.broadcastId, one])),
    tallies: new Map([['b1', tally]]),
  };
  return (await render(OnAirListWithLive, { props: { live } })).body;
}

describe('what is on air', () => {
  test.each([
    ['connecting', 'Đang phát – Đang tải…'],
    ['lost', 'Đang phát – Chưa rõ'],
    ['connected', 'Đang phát 0 Không có chương trình nào đang phát.'],
  ] as const)('nothing is known to be on air only by a page that is connected: %s', async (link, text) => {
    expect(await draw(link)).toContain(text);
  });

  test('without a link the list is what was seen last, and nothing of it is said to sound', async () => {
    expect(await draw('connected', aBroadcast())).toContain('3/3 bộ thu đang phát tiếng');
    const text = await draw('lost', aBroadcast());
    expect(text).toContain('Thông báo');
    expect(text).toContain('Chưa rõ: đang mất kết nối với máy chủ. Đây là danh sách thấy lần cuối.');
    expect(text).not.toContain('phát tiếng');
  });

  test('LV10: that only silence is heard is said when it is longer than a breath', async () => {
    const warning = 'Chỉ nghe thấy im lặng';
    expect(await drawQuiet(400, 'connected', aBroadcast())).toContain(warning);
    expect(await drawQuiet(1_000, 'connected', aBroadcast())).not.toContain(warning);
    expect(await draw('connected', aBroadcast())).not.toContain(warning);
    expect(await drawQuiet(400, 'lost', aBroadcast())).not.toContain(warning);
  });

  test('LV10: it is read out when it comes: its place is there before', async () => {
    const read = (body: string) => textOf(/<div role="status">(.*?)<\/div>/s.exec(body)?.[1] ?? 'no such place');
    expect(read(await html(400, 'connected', aBroadcast()))).toContain('Chỉ nghe thấy im lặng');
    expect(read(await html(1_000, 'connected', aBroadcast()))).toBe('');
  });

  test('before the zone tree is loaded a broadcast shows no id as the name of its zone', async () => {
    const text = await draw('connected', aBroadcast());
    expect(text).toContain('đang tải…');
    expect(text).not.toContain('w2');
  });
});

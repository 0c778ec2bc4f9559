import { Microphone } from '#lib/audio/microphone.svelte.ts';
import { createDoors } from '#lib/live/doors.svelte.ts';
import { LiveStore, type LinkState } from '#lib/live/live-store.svelte.ts';
import { EMPTY_PICTURE } from '#lib/live/picture.ts';
import type { BroadcastView } from '@loa/shared/protocol/live';
import { tallySchema } from '@loa/shared/protocol/receivers';
import { render } from 'svelte/server';
import { describe, expect, test } from 'vitest';
import AirWithLive from '../../../../test/support/AirWithLive.svelte';
import { aBroadcast, SMALL_CITY } from '../../../../test/support/zones.ts';
import { Presenter } from './presenter.svelte.ts';

const TALLY = { broadcastId: 'b1', expected: 4, online: 3 };

interface Heard {
  readonly sounding: number;
  readonly firstSoundAt: number | null;
}
const NEVER_HEARD: Heard = { sounding: 0, firstSoundAt: null };

function aPresenter(
  view: BroadcastView,
  heard: Heard,
  others: readonly BroadcastView[] = [],
  link: LinkState = 'connected',
  silent = false,
): { live: LiveStore; presenter: Presenter } {
  const live = new LiveStore(createDoors(['http://127.0.0.1:1']));
  const tally = tallySchema.parse({ ...TALLY, ...heard });
  live.link = link;
  live.silent = silent;
  live.zones = SMALL_CITY;
  live.nowMs = 2_000;
  live.picture = {
    ...EMPTY_PICTURE,
    broadcasts: new Map([view, ...others].map((one) => [one.broadcastId, one])),
    tallies: new Map([['b1', tally]]),
  };
  const presenter = new Presenter('desk', live, new Microphone());
  presenter.broadcastId = 'b1';
  return { live, presenter };
}

const textOf = (html: string) =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();

async function draw(...given: Parameters<typeof aPresenter>): Promise<string> {
  return textOf((await render(AirWithLive, { props: { ...aPresenter(...given), bar: false } })).body);
}

/** The bar of the other pages: all of its text, what of it is read out, and whether it is red. */
async function drawBar(view: BroadcastView, { silenced = false, heard = NEVER_HEARD } = {}) {
  const { live, presenter } = aPresenter(view, heard);
  presenter.silenced = silenced;
  const { body } = await render(AirWithLive, { props: { live, presenter, bar: true } });
  const [, said = ''] = /role="status"[^>]*>(.*?)<\/strong>/.exec(body) ?? [];
  return { text: textOf(body), said: textOf(said), red: body.includes('bg-air ') };
}

describe('the red light', () => {
  test('is dark until a receiver reports sound, though the server has the broadcast on air', async () => {
    const text = await draw(aBroadcast(), NEVER_HEARD);
    expect(text).toContain('Đang nối…');
    expect(text).not.toContain('ĐANG PHÁT');
  });

  test('is lit by reports, with their count and what is missing', async () => {
    const text = await draw(aBroadcast(), { sounding: 2, firstSoundAt: 1_200 });
    expect(text).toContain('ĐANG PHÁT');
    expect(text).toContain('2/3 bộ thu trực tuyến đang phát tiếng · 1 mất kết nối');
  });

  test('is dark, without a count, while the door says nothing: what was reported last may not be so any more', async () => {
    const text = await draw(aBroadcast(), { sounding: 2, firstSoundAt: 1_200 }, [], 'connected', true);
    expect(text).toBe('Mất kết nối, chưa rõ tình trạng');
  });

  test('says that nobody hears it any more, and for how long it was heard', async () => {
    const text = await draw(aBroadcast(), { sounding: 0, firstSoundAt: 1_000 });
    expect(text).toContain('Không còn bộ thu nào phát tiếng');
    expect(text).toContain('Đã phát 0:01');
    expect(text).not.toContain('ĐANG PHÁT');
  });

  test('claims neither a count nor a time of sound while the server cannot be asked', async () => {
    const text = await draw(aBroadcast({ expiresAt: 62_000 }), { sounding: 3, firstSoundAt: 1_000 }, [], 'lost');
    expect(text).toBe('Mất kết nối, chưa rõ tình trạng Còn 1:00');
  });

  test('names who interrupted, and that it goes on by itself', async () => {
    const emergency = aBroadcast({ broadcastId: 'e1', title: 'Bão số 9', by: { id: 'p2', name: 'Anh Nam' } });
    const text = await draw(aBroadcast({ interrupted: [{ zone: 'w2', by: 'e1' }] }), NEVER_HEARD, [emergency]);
    expect(text).toContain('Đang bị ngắt');
    expect(text).toContain('bởi “Bão số 9” (Anh Nam). Micrô vẫn mở, sẽ tự phát tiếp.');
  });

  test('names few of the zones that are taken from it, for there may be hundreds', async () => {
    const interrupted = ['k1', 'k2', 'x1', 'x2', 'x3'].map((zone) => ({ zone, by: 'e1' }));
    const text = await draw(aBroadcast({ zones: ['c'], interrupted }), { sounding: 1, firstSoundAt: 1_200 });
    expect(text).toContain('và 1 khu vực khác');
  });

  test('BR16: promises nothing to one whose source is lost while it is interrupted: it will end', async () => {
    const interrupted = [{ zone: 'w2', by: 'e1' }];
    const sourceKeepUntil = Date.UTC(2026, 0, 1, 2, 14, 15);
    const text = await draw(aBroadcast({ interrupted, sourceKeepUntil }), NEVER_HEARD, [
      aBroadcast({ broadcastId: 'e1' }),
    ]);
    expect(text).toContain('Mất nguồn âm Giữ chỗ đến 09:14:15, rồi tự kết thúc.');
    expect(text).not.toContain('sẽ tự phát tiếp');
  });

  test('says when and why it ended', async () => {
    const text = await draw(
      aBroadcast({ phase: 'ended', endedAt: Date.UTC(2026, 0, 1, 2, 14, 22), endReason: 'source-lost' }),
      NEVER_HEARD,
    );
    expect(text).toContain('Đã kết thúc Lúc 09:14:22: mất nguồn âm quá 15 giây');
  });
});

describe('the bar of the other pages', () => {
  const heard = { sounding: 2, firstSoundAt: 1_200 };

  test('is red and says so while receivers sound it', async () => {
    const { said, red, text } = await drawBar(aBroadcast(), { heard });
    expect([said, red]).toEqual(['ĐANG PHÁT', true]);
    expect(text).toContain('2/3 bộ thu trực tuyến đang phát tiếng');
  });

  test('is not red while the microphone speaks for the emergency of this tab: what is heard there is silence', async () => {
    const { said, red, text } = await drawBar(aBroadcast(), { heard, silenced: true });
    expect([said, red]).toEqual(['Đang im lặng', false]);
    expect(text).not.toContain('đang phát tiếng');
  });

  test('reads out what has become of it, and counts the seconds beside that', async () => {
    const { said, text } = await drawBar(aBroadcast({ sourceKeepUntil: 14_600 }));
    expect(said).toBe('Mất nguồn âm');
    expect(text).toContain('Mất nguồn âm giữ chỗ thêm 13 giây');
  });
});

import { createDoors } from '#lib/live/doors.svelte.ts';
import { LiveStore } from '#lib/live/live-store.svelte.ts';
import type { Requests } from '#lib/live/studio-socket.ts';
import type { Problem } from '@loa/shared/protocol/errors';
import { previewSchema } from '@loa/shared/protocol/live';
import { err, ok, type Result } from '@loa/shared/result';
import { render } from 'svelte/server';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import PreviewPanelWithLive from '../../../../test/support/PreviewPanelWithLive.svelte';
import { SMALL_CITY } from '../../../../test/support/zones.ts';
import { LivePreview } from './live-preview.svelte.ts';
import { previewRequest } from './preview-request.ts';

const DRAFT = { selection: ['w2'], title: '', source: { kind: 'live' }, level: 1, mode: 'replace' } as const;
const STARTS = previewSchema.parse({
  outcome: 'starts',
  refusal: null,
  hears: ['w2'],
  ends: [],
  interrupts: [],
  ducks: [],
  silent: [],
  resumesAfter: [],
  receivers: { online: 3, muted: [], offline: [] },
});

/** A question is asked and answered in this time, and not yet asked again. */
const SETTLED_MS = 400;

async function askAll(...answers: ReadonlyArray<Result<unknown, Problem>>) {
  const live = new LiveStore(createDoors(['http://127.0.0.1:1']));
  live.link = 'connected';
  live.zones = SMALL_CITY;
  const preview = new LivePreview(live);
  for (const answer of answers) {
    Object.assign(live, { request: (() => Promise.resolve(answer)) as unknown as Requests });
    preview.ask(previewRequest(DRAFT as never, null, 1));
    await vi.advanceTimersByTimeAsync(SETTLED_MS);
  }
  return { live, preview };
}

async function markupOf(shown: Awaited<ReturnType<typeof askAll>>): Promise<string> {
  return (await render(PreviewPanelWithLive, { props: shown })).body;
}

async function draw(shown: Awaited<ReturnType<typeof askAll>>): Promise<string> {
  return (await markupOf(shown))
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a preview', () => {
  test('says who will hear it', async () => {
    expect(await draw(await askAll(ok(STARTS)))).toContain('3 bộ thu sẽ nghe');
  });

  test('BR30: names who is online and silent all the same, and why, and who is away', async () => {
    const silent = (receiverId: string, why: string) => ({ receiverId, name: `Loa ${receiverId}`, zoneId: 'k1', why });
    const muted = [silent('a', 'muted'), silent('b', 'volume-zero'), silent('c', 'no-media-path')];
    const offline = [{ receiverId: 'd', name: 'Loa d', zoneId: 'w2' }];
    const shown = await askAll(ok({ ...STARTS, receivers: { online: 1, muted, offline } }));
    const text = await draw(shown);
    expect(text).toContain('1 bộ thu sẽ nghe');
    expect(text).toContain('im lặng, sẽ không nghe (3) Loa a · Cụm loa 1, Phường 2 · đang tắt tiếng');
    expect(text).toContain('Loa b · Cụm loa 1, Phường 2 · âm lượng đang để 0');
    expect(text).toContain('Loa c · Cụm loa 1, Phường 2 · chưa có đường truyền âm thanh');
    expect(text).toContain('mất kết nối, sẽ không nghe (1) Loa d · Phường 2');
    // A list of terms holds terms only.
    expect(/<dl[^>]*>.*?<\/dl>/s.exec(await markupOf(shown))?.[0]).not.toContain('<details');
  });

  test('BR29: says whose source it takes', async () => {
    const takes = { ...STARTS, ends: [{ broadcastId: 'b1', title: 'Thể dục sáng' }] };
    expect(await draw(await askAll(ok(takes)))).toContain(
      'Dừng hẳn, vì chương trình khẩn cấp lấy nguồn âm “Thể dục sáng”',
    );
  });

  test('that is refused says why, whatever the reason', async () => {
    const refused = { ...STARTS, outcome: 'refused', hears: [], refusal: { code: 'too-many-broadcasts' } };
    expect(await draw(await askAll(ok(refused)))).toContain('Đang có quá nhiều chương trình cùng lúc');
  });

  test('that cannot be made says why, and shows nothing of the one before', async () => {
    const text = await draw(await askAll(ok(STARTS), err({ code: 'too-many-requests', message: '' })));
    expect(text).toContain('Chưa xem trước được: Quá nhiều yêu cầu');
    expect(text).not.toContain('3 bộ thu');
  });

  test('that failed is asked again while it is wanted, and not when it is wanted no longer', async () => {
    const shown = await askAll(err({ code: 'unavailable', message: '' }));
    let asked = 0;
    const answer = () => Promise.resolve((asked += 1) > 1 ? ok(STARTS) : err({ code: 'unavailable', message: '' }));
    Object.assign(shown.live, { request: answer as unknown as Requests });
    await vi.advanceTimersByTimeAsync(2_000);
    expect([asked, await draw(shown)]).toEqual([1, expect.stringContaining('Chưa xem trước được')]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect([asked, await draw(shown)]).toEqual([2, expect.stringContaining('3 bộ thu sẽ nghe')]);

    shown.preview.ask(previewRequest(DRAFT as never, null, 1));
    Object.assign(shown.live, { request: () => Promise.resolve(err({ code: 'unavailable', message: '' })) });
    await vi.advanceTimersByTimeAsync(SETTLED_MS);
    shown.preview.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('of other zones, of which the server says nothing yet, is not shown with the count of those before', async () => {
    const shown = await askAll(ok(STARTS));
    const ask = (selection: readonly string[], title = '') =>
      shown.preview.ask(previewRequest({ ...DRAFT, selection, title } as never, null, 1));
    const slow = Promise.withResolvers<Result<unknown, Problem>>();
    Object.assign(shown.live, { request: () => slow.promise });
    // The same question, asked again because something else changed.
    ask(['w2'], 'Bão');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await draw(shown)).toContain('3 bộ thu sẽ nghe');
    ask(['w10']);
    for (let n = 0; n < 6; n += 1) {
      await vi.advanceTimersByTimeAsync(100);
      ask(['w10'], `Bão ${n}`);
    }
    // Neither the answer to what is wanted no longer is.
    slow.resolve(ok(STARTS));
    await vi.advanceTimersByTimeAsync(0);
    expect(await draw(shown)).not.toContain('bộ thu sẽ nghe');
    await vi.advanceTimersByTimeAsync(SETTLED_MS);
    expect(await draw(shown)).toContain('3 bộ thu sẽ nghe');
  });

  test('without a connection says that', async () => {
    const shown = await askAll();
    shown.live.link = 'lost';
    expect(await draw(shown)).toContain('Chưa xem trước được: Chưa nối được máy chủ.');
  });
});

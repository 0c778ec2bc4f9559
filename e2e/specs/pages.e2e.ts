import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { TEST_ID } from '../../studio/src/lib/ui/test-ids.ts';
import type { Locator, Page } from '@playwright/test';
import { expectAccessible } from '../support/accessibility.ts';
import { type Desk, deskOf } from '../support/desk.ts';
import { expect, RECEIVER_OF, type Stage, test, WARD } from '../support/stage.ts';
import { makeTone, TONE_HZ, TONE_SECONDS } from '../support/tones.ts';

const ON_AIR = 'Tin của trang thử';
/** Each page, and what of it is there only once it shows what the server has: what is on air, the first row of its list. */
const PAGES: ReadonlyArray<readonly [path: string, full: (page: Page) => Locator]> = [
  ['/', (page) => page.getByTestId(TEST_ID.onAirList).getByText(ON_AIR)],
  ['/khan-cap', (page) => page.getByTestId(TEST_ID.onAirList).getByText(ON_AIR)],
  ['/bo-thu', (page) => page.getByTestId(TEST_ID.receiver(RECEIVER_OF[WARD.phuong1] ?? ''))],
  ['/bo-thu/do-tre', (page) => page.getByTestId(TEST_ID.delayRow(WARD.phuong1))],
  ['/thu-vien', (page) => page.locator('tbody tr').first()],
  ['/nhat-ky', (page) => page.getByTestId(TEST_ID.logList).getByText(ON_AIR).first()],
  ['/nghe', (page) => page.getByRole('link').filter({ hasText: ON_AIR })],
  [`/nghe/${WARD.phuong1}`, (page) => page.getByRole('main').getByText(ON_AIR)],
  ['/bo-thu-web', (page) => page.getByTestId(TEST_ID.webReceiverZone).locator('optgroup').first()],
  ['/khong-co-trang-nay', (page) => page.getByRole('main').getByText('404')],
];
/** What a record has to tell of at least, and what a busy machine may lose of it at both ends. */
const [PLAYED_MS, SPARE_MS] = [500, 1_000];
const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

for (const [path, full] of PAGES) {
  test(`${path} is accessible, in both languages and on a phone without scrolling sideways`, async ({ stage }) => {
    await putOnAir(stage);
    const { browser, page } = await stage.presenter('presenter');
    for (const [language, button] of [
      ['vi', TEST_ID.languageVi],
      ['en', TEST_ID.languageEn],
    ] as const) {
      await page.goto(path);
      await page.getByTestId(button).click();
      await expect(page.locator('html')).toHaveAttribute('lang', language);
      await expectFull(page, full);
      // A colour does not depend on the language.
      await expectAccessible(page, { colours: language === 'vi' });
    }
    const phone = await stage.pageIn(browser, PHONE);
    await phone.goto(path);
    await expectFull(phone, full);
    const sideways = await phone.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(sideways).toBeLessThanOrEqual(0);
  });
}

test('a key on the arrow of a ward opens that ward and chooses nothing', async ({ stage }) => {
  const { page } = await stage.presenter('presenter');
  await page.goto('/');
  const ward = page.getByTestId(TEST_ID.zone(WARD.phuong2));
  await ward.getByRole('button').press('Enter');
  await expect(ward).toHaveAttribute('aria-expanded', 'true');
  await expect(page.locator('[role="treeitem"]:not([aria-checked="false"])')).toHaveCount(0);
});

test('on a phone the presenter can say who speaks, and the bar below covers nothing that has the focus', async ({
  stage,
}) => {
  const { page } = await stage.presenter('presenter', PHONE);
  await page.goto('/');
  await expect(page.getByTestId(TEST_ID.presenterName)).toBeInViewport({ ratio: 1 });
  await expectRoomForBar(page);
  const desk = deskOf(page);
  await desk.goLive({ search: 'phường 1', code: WARD.phuong1 });
  await expect(page.getByTestId(TEST_ID.stop)).toBeVisible();
  await expectRoomForBar(page);
});

test('on a phone a long title neither hides nor moves what is to be pressed', async ({ stage }) => {
  const title = 'Cảnh báo triều cường dâng cao, sơ tán khu vực ven biển Bãi Sau và Bãi Trước ngay lập tức '
    .repeat(2)
    .trim();
  const segmentId = await stage.store('emergency', 'emergency', title);
  const { page } = await stage.presenter('presenter', PHONE);
  await page.goto('/khan-cap');
  await page.getByTestId(TEST_ID.sourceSegment).check({ force: true });
  await page.getByTestId(TEST_ID.segment(segmentId)).check({ force: true });
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
  expect(await page.evaluate(() => window.innerWidth)).toBe(PHONE.viewport.width);
  await page.getByTestId(TEST_ID.emergencyHold).hover();
});

test('on a small phone a refusal is seen where the button was pressed, and can be put away', async ({ stage }) => {
  await speakIn(stage, WARD.phuong1);
  const { page } = await stage.presenter('colleague', { ...PHONE, viewport: { width: 375, height: 720 } });
  const desk = deskOf(page);
  await desk.open();
  await desk.choose({ search: 'phường 1', code: WARD.phuong1 });
  await desk.readyMicrophone();
  await page.evaluate(() => window.scrollTo(0, 0));
  await desk.press();
  const notice = page.getByTestId(TEST_ID.refused);
  await expect(notice.getByRole('alert')).toBeVisible();
  await expect(notice).toBeInViewport({ ratio: 1 });
  await expect(page.getByTestId(TEST_ID.goLive)).toBeInViewport({ ratio: 1 });
  await expectRoomForBar(page);
  await notice.getByRole('button').first().click();
  await expect(notice).toBeHidden();
});

test('a file that is not sound is refused in the user’s language, and the form keeps what was typed', async ({
  stage,
}) => {
  const { page } = await stage.presenter('presenter');
  const fake = join(stage.facts.dataDir, 'khong-phai-am-thanh.mp3');
  writeFileSync(fake, 'Đây chỉ là chữ.\n'.repeat(1_000));
  await page.goto('/thu-vien');
  await page.getByTestId(TEST_ID.uploadFile).setInputFiles(fake);
  await page.getByTestId(TEST_ID.uploadTitle).fill('Bản tin sáng');
  await page.getByTestId(TEST_ID.uploadSend).click();
  await expect(page.getByText('WAV, MP3, M4A, OGG', { exact: false }).first()).toBeVisible();
});

test('a citizen listens to a ward without an account and hears the voice', async ({ stage }) => {
  await speakIn(stage, WARD.phuong1);
  const citizen = await stage.presenter('colleague');
  await citizen.page.goto(`/nghe/${WARD.phuong1}`);
  await citizen.page.getByTestId(TEST_ID.listenPlay).click();
  await expect(citizen.page.getByTestId(TEST_ID.listenState)).toHaveAttribute('data-state', 'connected');
  await expect.poll(() => loudestRms(citizen.page), { timeout: 30_000 }).toBeGreaterThan(0.01);
});

test('a PC with only a browser becomes a receiver that sounds, reports and records what it plays', async ({
  stage,
}) => {
  const site = await stage.presenter('colleague');
  await site.page.goto('/bo-thu-web');
  const wards = (await (await stage.api('/api/v1/zones')).json()) as { zones: Array<{ id: string; code: string }> };
  const zone = wards.zones.find(({ code }) => code === WARD.thangTam)?.id ?? '';
  await site.page.getByTestId('web-receiver-zone').selectOption(zone);
  await site.page.getByTestId(TEST_ID.webReceiverJoin).click();
  await expect(site.page.getByTestId(TEST_ID.webReceiverState)).toHaveAttribute('data-state', 'up');

  // The demo receiver of the ward and this page.
  const { desk, broadcastId } = await speakIn(stage, WARD.thangTam, 2);
  await site.page.waitForTimeout(PLAYED_MS + SPARE_MS);
  await desk.stop();
  type Records = { records: Array<{ receiverId: string; renderedMs: number; final: boolean }> };
  const ofPage = async () => {
    const { records } = (await (
      await stage.api(`/api/v1/playout-records?broadcastId=${broadcastId}`)
    ).json()) as Records;
    return records.find(({ receiverId, final }) => final && receiverId.startsWith('web-'))?.renderedMs ?? 0;
  };
  await expect.poll(ofPage, { timeout: 30_000 }).toBeGreaterThan(PLAYED_MS);
});

async function expectFull(page: Page, full: (page: Page) => Locator): Promise<void> {
  await expect(full(page)).toBeAttached();
  const link = page.getByTestId(TEST_ID.linkState);
  if ((await link.count()) > 0) await expect(link).toHaveAttribute('data-state', 'connected');
}

/** One broadcast in Phường 1, of a message that is stored only once. */
async function putOnAir(stage: Stage): Promise<void> {
  const { segments } = (await (await stage.api('/api/v1/segments')).json()) as {
    segments: Array<{ segmentId: string; title: string; status: string }>;
  };
  const tone = makeTone(stage.facts.dataDir, TONE_HZ.low);
  const kept = segments.find(({ title, status }) => title === basename(tone) && status === 'ready')?.segmentId;
  const segmentId = kept ?? (await stage.storeFile(tone, 'audio'));
  const { zones } = (await (await stage.api('/api/v1/zones')).json()) as { zones: Array<{ id: string; code: string }> };
  const started = await stage.api('/api/v1/broadcasts', {
    id: randomUUID(),
    key: randomUUID(),
    title: ON_AIR,
    source: { kind: 'segment', segmentId, durationMs: TONE_SECONDS * 1_000 },
    zones: zones.filter(({ code }) => code === WARD.phuong1).map(({ id }) => id),
    level: 1,
    authority: 1,
    mode: 'replace',
    wait: false,
  });
  expect(started.status).toBe(201);
}

/** What is scrolled to for the keyboard, and the end of the page, stay clear of the bar that is fixed at the bottom. */
async function expectRoomForBar(page: Page): Promise<void> {
  const room = () =>
    page.evaluate(() => {
      const bar = document.querySelector('[data-bottom-bar]')?.getBoundingClientRect().height ?? Infinity;
      const scrolled = parseFloat(getComputedStyle(document.documentElement).scrollPaddingBottom);
      const grid = document.querySelector('main')?.lastElementChild;
      const below = grid ? parseFloat(getComputedStyle(grid).paddingBottom) : 0;
      return Math.min(scrolled, below) - bar;
    });
  await expect.poll(room).toBeGreaterThanOrEqual(0);
}

/** A presenter speaks in one ward; answers when `sounding` receivers report it. */
async function speakIn(stage: Stage, code: string, sounding = 1): Promise<{ desk: Desk; broadcastId: string }> {
  const speaker = await stage.presenter('presenter');
  const desk = deskOf(speaker.page);
  await desk.open();
  await desk.choose({ search: code === WARD.thangTam ? 'thang tam' : 'phường 1', code });
  await desk.readyMicrophone();
  await desk.press();
  await desk.light('on-air');
  await desk.tally(sounding);
  const { broadcasts } = (await (await stage.api('/api/v1/broadcasts')).json()) as {
    broadcasts: Array<{ broadcastId: string }>;
  };
  return { desk, broadcastId: broadcasts[0]?.broadcastId ?? '' };
}

/** The loudest RMS (0 to 1) that any stream of the page had in a second. */
function loudestRms(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const context = new AudioContext();
    const streams = [...document.querySelectorAll('audio')].map(({ srcObject }) => srcObject);
    const analysers = streams.flatMap((stream) => {
      if (!(stream instanceof MediaStream)) return [];
      const analyser = new AnalyserNode(context, { fftSize: 2048 });
      context.createMediaStreamSource(stream).connect(analyser);
      return [analyser];
    });
    let loudest = 0;
    for (let n = 0; n < 20; n++) {
      await new Promise((done) => setTimeout(done, 50));
      for (const analyser of analysers) {
        const wave = new Float32Array(analyser.fftSize);
        analyser.getFloatTimeDomainData(wave);
        loudest = Math.max(loudest, Math.sqrt(wave.reduce((sum, value) => sum + value * value, 0) / wave.length));
      }
    }
    await context.close();
    return loudest;
  });
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TEST_ID } from '../../studio/src/lib/ui/test-ids.ts';
import type { Page } from '@playwright/test';
import { expectAccessible } from '../support/accessibility.ts';
import { type Desk, deskOf } from '../support/desk.ts';
import { expect, type Stage, test, WARD } from '../support/stage.ts';

const NO_SUCH_PAGE = '/khong-co-trang-nay';
const PAGES = [
  '/',
  '/khan-cap',
  '/bo-thu',
  '/thu-vien',
  '/nhat-ky',
  '/nghe',
  `/nghe/${WARD.phuong1}`,
  '/bo-thu-web',
  NO_SUCH_PAGE,
];
const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

for (const path of PAGES) {
  test(`${path} is accessible, in both languages and on a phone without scrolling sideways`, async ({ stage }) => {
    const { browser, page } = await stage.presenter('presenter');
    for (const [language, button] of [
      ['vi', TEST_ID.languageVi],
      ['en', TEST_ID.languageEn],
    ] as const) {
      await page.goto(path);
      await page.getByTestId(button).click();
      await expect(page.locator('html')).toHaveAttribute('lang', language);
      await expect(page.locator('main h1').first()).toBeAttached();
      // A colour does not depend on the language.
      await expectAccessible(page, { colours: language === 'vi' });
    }
    const phone = await stage.pageIn(browser, PHONE);
    await phone.goto(path);
    await expect(phone.locator('main h1').first()).toBeAttached();
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
  await desk.stop();
  type Records = { records: Array<{ receiverId: string; renderedMs: number; final: boolean }> };
  const ofPage = async () => {
    const { records } = (await (
      await stage.api(`/api/v1/playout-records?broadcastId=${broadcastId}`)
    ).json()) as Records;
    return records.find(({ receiverId, final }) => final && receiverId.startsWith('web-'))?.renderedMs ?? 0;
  };
  await expect.poll(ofPage, { timeout: 30_000 }).toBeGreaterThan(500);
});

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

import type { Page } from '@playwright/test';
import { TEST_ID } from '../../studio/src/lib/ui/test-ids.ts';
import { type Desk, deskOf } from '../support/desk.ts';
import { watchLight } from '../support/light-watch.ts';
import { type Ear, expect, HEARD, SILENCE_DBFS, type Stage, test as base, WARD } from '../support/stage.ts';
import { layStudioLine, type StudioLine } from '../support/studio-line.ts';

const PHUONG_1 = { search: 'phuong 1', code: WARD.phuong1 };
/** The longest that the red light may be on after the page's line was cut. */
const UNTRUE_MS = 3_500;
const SHORT_MS = 4_000;
/** Longer than the slot is kept, and what it takes to notice the loss. */
const TOO_LONG = { timeout: 40_000 };
const LISTEN_MS = 2_000;

const test = base.extend<{ line: StudioLine }>({
  line: async ({ stage }, use) => {
    const line = await layStudioLine(stage.facts.doorUrl);
    await use(line);
    await line.close();
  },
});

interface OnAir {
  readonly broadcastId: string;
  readonly sourceKeepUntil: number | null;
  readonly source: { readonly sourceId: string };
}

async function onAir(stage: Stage): Promise<OnAir | undefined> {
  return ((await (await stage.api('/api/v1/broadcasts')).json()) as { broadcasts: OnAir[] }).broadcasts[0];
}

/** A presenter behind the line, on air and heard; what is on air, and the changes of the light from here on. */
async function speak(stage: Stage, line: StudioLine) {
  const { page } = await stage.presenter('presenter', {}, line.browserArgs);
  await line.lead(page);
  const desk = deskOf(page);
  await desk.goLive(PHUONG_1);
  const ear = stage.ear(WARD.phuong1);
  await expect.poll(() => ear.heard().match('presenter').correlation, { timeout: 30_000 }).toBeGreaterThan(HEARD);
  const before = await onAir(stage);
  if (!before) throw new Error('the page says on air, the door does not');
  return { page, desk, ear, before, light: await watchLight(page) };
}

/** The light says so, and the ward's loudspeaker plays it from here on. */
async function isHeardAgain(desk: Desk, ear: Ear): Promise<void> {
  await desk.light('on-air');
  ear.restart();
  await expect.poll(() => ear.heard().match('presenter').correlation, { timeout: 30_000 }).toBeGreaterThan(HEARD);
}

const microphone = (page: Page, state: string) =>
  expect(page.getByTestId(TEST_ID.micState)).toHaveAttribute('data-state', state);

test('BR16, BR17: the sound’s way is cut for some seconds: the slot is kept, the light says so, and an ICE restart brings the same source back', async ({
  stage,
  line,
}) => {
  const { page, desk, ear, before, light } = await speak(stage, line);
  const cutAt = Date.now();
  line.media.cut();
  await desk.light('source-lost');
  await microphone(page, 'lost');
  const restoredAt = Date.now();
  expect(await light.onAirMs(cutAt, restoredAt)).toBeLessThan(UNTRUE_MS);
  expect((await onAir(stage))?.sourceKeepUntil).toEqual(expect.any(Number));
  line.media.restore();
  await isHeardAgain(desk, ear);
  expect(await onAir(stage)).toMatchObject({ ...before, sourceKeepUntil: null });
});

test('BR17: from Wi-Fi to a mobile network, with some seconds of none: the voice comes back by an ICE restart, from the same source', async ({
  stage,
  line,
}) => {
  const { page, desk, ear, before, light } = await speak(stage, line);
  const cutAt = Date.now();
  line.media.cut();
  await page.context().setOffline(true);
  await desk.light('unknown');
  await microphone(page, 'lost');
  expect(await light.onAirMs(cutAt, Date.now())).toBeLessThan(UNTRUE_MS);
  line.media.restore();
  await page.context().setOffline(false);
  await isHeardAgain(desk, ear);
  expect(await onAir(stage)).toMatchObject({ ...before, sourceKeepUntil: null });
});

test('the way to the door is cut for some seconds: the ward hears the voice all the while, and the page does not say that it knows', async ({
  stage,
  line,
}) => {
  const { page, desk, ear, before, light } = await speak(stage, line);
  const cutAt = Date.now();
  line.door.cut();
  await desk.light('unknown');
  ear.restart();
  await page.waitForTimeout(LISTEN_MS);
  await expect.poll(() => ear.heard().match('presenter').correlation, { timeout: 30_000 }).toBeGreaterThan(HEARD);
  expect(await light.onAirMs(cutAt, Date.now())).toBeLessThan(UNTRUE_MS);
  line.door.restore();
  await desk.light('on-air');
  expect(await onAir(stage)).toMatchObject({ ...before });
});

test('BR16, BR17: all is cut for 4 s: the slot is kept, the light does not say on air, and the voice comes back without a press', async ({
  stage,
  line,
}) => {
  const { page, desk, ear, before, light } = await speak(stage, line);
  const cutAt = Date.now();
  line.media.cut();
  line.door.cut();
  await page.waitForTimeout(SHORT_MS);
  const restoredAt = Date.now();
  expect((await onAir(stage))?.sourceKeepUntil).toEqual(expect.any(Number));
  line.media.restore();
  line.door.restore();
  expect(await light.onAirMs(cutAt, restoredAt)).toBeLessThan(UNTRUE_MS);
  await isHeardAgain(desk, ear);
  expect((await onAir(stage))?.broadcastId).toBe(before.broadcastId);
});

test('BR16: all is cut for longer than the slot is kept: the desk says that it ended and why, and no voice is on air', async ({
  stage,
  line,
}) => {
  const { page, desk, ear, light } = await speak(stage, line);
  const cutAt = Date.now();
  line.media.cut();
  line.door.cut();
  await expect.poll(() => onAir(stage), TOO_LONG).toBeUndefined();
  await desk.light('unknown');
  await expect(page.getByRole('alert')).toContainText('Chưa rõ loa còn phát tiếng của bạn');
  expect(await light.onAirMs(cutAt, Date.now())).toBeLessThan(UNTRUE_MS);
  line.media.restore();
  line.door.restore();
  await desk.light('ended');
  await expect(page.getByTestId(TEST_ID.onAirLight)).toContainText('mất nguồn');
  await microphone(page, 'connected');
  ear.restart();
  await page.waitForTimeout(LISTEN_MS);
  expect(ear.heard().levelDbfs).toBeLessThan(SILENCE_DBFS);
  expect(await onAir(stage)).toBeUndefined();
  const { sources } = (await (await stage.api('/api/v1/sources')).json()) as {
    sources: Array<{ broadcastId: unknown }>;
  };
  expect(sources.filter(({ broadcastId }) => broadcastId !== null)).toEqual([]);
});

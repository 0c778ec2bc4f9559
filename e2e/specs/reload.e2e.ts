import { deskOf } from '../support/desk.ts';
import { holdSoundBack, isTouched } from '../support/gestures.ts';
import { expect, HEARD, NOT_HEARD, test, WARD } from '../support/stage.ts';

const PHUONG_1 = { search: 'phường 1', code: WARD.phuong1 };

// A trace asks the page after every step, and what is asked counts as a gesture: these tests are about there being none.
test.use({ trace: 'off' });

test('a reload while on air: the broadcast goes on by itself, without a press', async ({ stage }) => {
  const { page } = await stage.presenter('presenter');
  page.on('dialog', (dialog) => void dialog.accept());
  const desk = deskOf(page);
  await desk.goLive(PHUONG_1);
  type Live = { broadcasts: Array<{ broadcastId: string; source: { sourceId: string } }> };
  const live = async () => ((await (await stage.api('/api/v1/broadcasts')).json()) as Live).broadcasts;
  const before = await live();
  await page.reload();
  // The page is asked nothing until its voice is heard: being asked would count as a gesture.
  await expect
    .poll(async () => (await live())[0]?.source.sourceId, { timeout: 30_000 })
    .not.toBe(before[0]?.source.sourceId);
  const ear = stage.ear(WARD.phuong1);
  await expect.poll(() => ear.heard().match('presenter').correlation, { timeout: 30_000 }).toBeGreaterThan(HEARD);
  expect(await isTouched(page)).toBe(false);
  await desk.light('on-air');
  expect((await live()).map(({ broadcastId }) => broadcastId)).toEqual(before.map(({ broadcastId }) => broadcastId));
});

test('a browser that holds the sound back after a reload: the page says that nobody hears it, and any key brings the voice back', async ({
  stage,
}) => {
  const { page } = await stage.presenter('presenter');
  await holdSoundBack(page);
  page.on('dialog', (dialog) => void dialog.accept());
  const desk = deskOf(page);
  await desk.goLive(PHUONG_1);
  await page.reload();
  await desk.light('asleep');
  const ear = stage.ear(WARD.phuong1);
  // Of nothing recorded nothing is found either.
  await expect.poll(() => ear.heard().lengthMs).toBeGreaterThan(2_000);
  expect(ear.heard().match('presenter').correlation).toBeLessThan(NOT_HEARD);
  await page.keyboard.press('Shift');
  await desk.light('on-air');
  await expect.poll(() => ear.heard().match('presenter').correlation, { timeout: 30_000 }).toBeGreaterThan(HEARD);
});

import { TEST_ID } from '../../studio/src/lib/ui/test-ids.ts';
import { deskOf } from '../support/desk.ts';
import { expect, expectRecordedSilence, HEARD, NOT_HEARD, test, WARD } from '../support/stage.ts';

const PHUONG_1 = { search: 'phường 1', code: WARD.phuong1 };

test('two presenters, one ward: the first keeps it, the second is told by whom and gets it afterwards by waiting', async ({
  stage,
}) => {
  const first = await stage.presenter('presenter');
  const second = await stage.presenter('colleague');
  const [deskA, deskB] = [deskOf(first.page), deskOf(second.page)];
  for (const desk of [deskA, deskB]) {
    await desk.open();
    await desk.choose(PHUONG_1);
    await desk.readyMicrophone();
  }
  await deskA.title('Người thứ nhất');
  await deskA.press();
  await deskA.light('on-air');
  await deskB.press();
  await expect(second.page.getByTestId(TEST_ID.refused)).toContainText('Người thứ nhất');

  const ear = stage.ear(WARD.phuong1);
  await second.page.getByTestId(TEST_ID.waitForTurn).click();
  await deskB.light('waiting');
  await expect.poll(() => ear.heard().match('presenter').correlation, { timeout: 30_000 }).toBeGreaterThan(HEARD);
  expect(ear.heard().match('colleague').correlation).toBeLessThan(NOT_HEARD);

  await deskA.stop();
  await deskB.light('on-air');
  ear.restart();
  await expect.poll(() => ear.heard().match('colleague').correlation, { timeout: 30_000 }).toBeGreaterThan(HEARD);
});

test('the presenter’s tab is killed: silence, the slot is kept for a while, then the broadcast ends with its reason', async ({
  stage,
}) => {
  const { page, browser } = await stage.presenter('presenter');
  const desk = deskOf(page);
  await desk.open();
  await desk.choose(PHUONG_1);
  await desk.readyMicrophone();
  const ear = stage.ear(WARD.phuong1);
  await desk.press();
  await desk.light('on-air');
  await expect.poll(() => ear.heard().levelDbfs, { timeout: 30_000 }).toBeGreaterThan(-40);
  await browser.close();

  type Live = { broadcasts: Array<{ sourceKeepUntil: number | null }> };
  const live = async () => ((await (await stage.api('/api/v1/broadcasts')).json()) as Live).broadcasts;
  await expect.poll(async () => (await live())[0]?.sourceKeepUntil ?? null).not.toBeNull();
  ear.restart();
  await expect.poll(async () => (await live()).length, { timeout: 30_000 }).toBe(0);
  expectRecordedSilence(ear);
  const ended = (await (await stage.api('/api/v1/broadcasts?state=ended&limit=1')).json()) as {
    broadcasts: Array<{ endReason: string }>;
  };
  expect(ended.broadcasts[0]?.endReason).toBe('source-lost');
});

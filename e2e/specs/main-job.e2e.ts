import { deskOf } from '../support/desk.ts';
import { endEmergency, takeAllZones } from '../support/emergency.ts';
import { expect, expectRecordedSilence, HEARD, NOT_HEARD, SILENCE_DBFS, test, WARD } from '../support/stage.ts';

const PHUONG_1 = { search: 'phuong 1', code: WARD.phuong1 };
const PHUONG_2 = { search: 'PHUONG 2', code: WARD.phuong2 };

test('a presenter chooses two wards, speaks, and their loudspeakers and no others play the voice', async ({
  stage,
}) => {
  const { page } = await stage.presenter('presenter');
  const desk = deskOf(page);
  await desk.open();
  await desk.choose(PHUONG_1, PHUONG_2);
  await desk.title('Cắt nước khu phố 2');
  await desk.readyMicrophone();
  const [first, second, other] = [stage.ear(WARD.phuong1), stage.ear(WARD.phuong2), stage.ear(WARD.thangTam)];
  await desk.press();
  await desk.light('on-air');
  await desk.tally(2);

  for (const ear of [first, second]) {
    await expect.poll(() => ear.heard().match('presenter').correlation, { timeout: 30_000 }).toBeGreaterThan(HEARD);
  }
  expectRecordedSilence(other);

  await desk.stop();
  await desk.light('ended');
  await expect
    .poll(async () => {
      first.restart();
      await page.waitForTimeout(700);
      return first.heard().levelDbfs;
    })
    .toBeLessThan(SILENCE_DBFS);

  const { broadcasts } = (await (await stage.api('/api/v1/broadcasts?state=ended&limit=1')).json()) as {
    broadcasts: Array<{ broadcastId: string; title: string }>;
  };
  expect(broadcasts[0]?.title).toBe('Cắt nước khu phố 2');
  const records = async () => {
    const response = await stage.api(`/api/v1/playout-records?broadcastId=${broadcasts[0]?.broadcastId}`);
    return ((await response.json()) as { records: Array<{ receiverId: string; renderedMs: number; final: boolean }> })
      .records;
  };
  await expect.poll(async () => (await records()).filter(({ final }) => final).length, { timeout: 30_000 }).toBe(2);
  expect((await records()).every(({ renderedMs }) => renderedMs > 1_000)).toBe(true);
});

test('an emergency takes every loudspeaker at once; the voice is never heard over it and comes back by itself', async ({
  stage,
}) => {
  const { page } = await stage.presenter('presenter');
  const desk = deskOf(page);
  await desk.open();
  await desk.choose(PHUONG_1);
  await desk.readyMicrophone();
  const [ward, other] = [stage.ear(WARD.phuong1), stage.ear(WARD.thangTam)];
  await desk.press();
  await desk.light('on-air');
  await expect.poll(() => ward.heard().match('presenter').correlation, { timeout: 30_000 }).toBeGreaterThan(HEARD);

  const message = await stage.store('emergency', 'emergency');
  const operator = await stage.presenter('colleague');
  await takeAllZones(operator.page, message);
  await desk.light('interrupted');
  await expect.poll(() => other.heard().match('emergency').correlation, { timeout: 30_000 }).toBeGreaterThan(HEARD);

  // From well inside the emergency on: only the emergency.
  ward.restart();
  await expect.poll(() => ward.heard().match('emergency').correlation, { timeout: 30_000 }).toBeGreaterThan(HEARD);
  expect(ward.heard().match('presenter').correlation).toBeLessThan(NOT_HEARD);

  await endEmergency(operator.page);
  await desk.light('on-air');
  ward.restart();
  other.restart();
  await expect.poll(() => ward.heard().match('presenter').correlation, { timeout: 30_000 }).toBeGreaterThan(HEARD);
  expectRecordedSilence(other);
});

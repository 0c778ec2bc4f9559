import { deskOf } from '../support/desk.ts';
import { holdToActivate, readyToSpeakToAll } from '../support/emergency.ts';
import { tapDoorLine } from '../support/lost-answers.ts';
import { freezeDoor } from '../support/processes.ts';
import { expect, HEARD, SILENCE_DBFS, type Stage, test, WARD } from '../support/stage.ts';
import { TEST_ID } from '../../studio/src/lib/ui/test-ids.ts';
import type { Page } from '@playwright/test';

const PHUONG_1 = { search: 'phuong 1', code: WARD.phuong1 };
/** The page gives a start up after three attempts; longer than that and the connection's own heartbeat together. */
const GIVEN_UP = { timeout: 40_000 };
/** A receiver plays what it has on its way; after that nothing may be heard. */
const LISTEN_MS = 1_500;

async function readyDesk(page: Page): Promise<ReturnType<typeof deskOf>> {
  const desk = deskOf(page);
  await desk.open();
  await desk.choose(PHUONG_1);
  await desk.readyMicrophone();
  return desk;
}

async function liveOn(stage: Stage): Promise<number> {
  const answer = (await (await stage.api('/api/v1/broadcasts')).json()) as { broadcasts: unknown[] };
  return answer.broadcasts.length;
}

async function expectSilence(page: Page, stage: Stage): Promise<void> {
  const ear = stage.ear(WARD.phuong1);
  await expect
    .poll(async () => {
      ear.restart();
      await page.waitForTimeout(LISTEN_MS);
      return ear.heard().levelDbfs;
    })
    .toBeLessThan(SILENCE_DBFS);
}

/** What the page shows once the door answers again: the truth, whatever became of the start, and nothing is heard. */
async function expectTruth(page: Page, stage: Stage, stop: string): Promise<void> {
  await expect(page.getByTestId(TEST_ID.linkState)).toHaveAttribute('data-state', 'connected', GIVEN_UP);
  const light = page.getByTestId(TEST_ID.onAirLight);
  // In one look: an attribute of a light that goes out meanwhile would be waited for until it comes on again.
  const shown = () => light.evaluateAll(([lit]) => lit?.getAttribute('data-state') ?? 'none');
  await expect.poll(shown, GIVEN_UP).not.toBe('unsure');
  await expectSilence(page, stage);
  await expect
    .poll(async () => {
      const running = (await liveOn(stage)) > 0;
      return running === (await page.getByTestId(stop).isVisible());
    }, GIVEN_UP)
    .toBe(true);
}

for (const place of ['desk', 'emergency'] as const) {
  const stop = place === 'desk' ? TEST_ID.stop : TEST_ID.emergencyStop;
  const prepare = (page: Page): Promise<unknown> => (place === 'desk' ? readyDesk(page) : readyToSpeakToAll(page));
  const press = (page: Page) => (place === 'desk' ? page.getByTestId(TEST_ID.goLive).click() : holdToActivate(page));

  test(`${place}: a door that stands still at the press: the page does not say “not started”, and no voice gets on air unseen`, async ({
    stage,
  }) => {
    const { page } = await stage.presenter('presenter');
    await prepare(page);
    const light = page.getByTestId(TEST_ID.onAirLight);
    const door = freezeDoor(stage.facts.dataDir);
    try {
      await press(page);
      await expect(page.getByTestId(stop)).toBeEnabled();
      await expect(light).toHaveAttribute('data-state', 'unsure', GIVEN_UP);
      await expect(page.getByTestId(TEST_ID.goLive)).toBeHidden();
      await expect(page.getByTestId(TEST_ID.emergencyHold)).toBeHidden();
    } finally {
      door.thaw();
    }
    await expectTruth(page, stage, stop);
  });

  test(`${place}: carried out but never answered: the microphone is cut, and opens again only by a press`, async ({
    stage,
  }) => {
    const { page } = await stage.presenter('presenter');
    const line = await tapDoorLine(page);
    await prepare(page);
    const light = page.getByTestId(TEST_ID.onAirLight);
    const ear = stage.ear(WARD.phuong1);
    line.silence();
    await press(page);
    // The voice is on air and the page cannot know it: it says so, and there is a way to stop.
    await expect(light).toHaveAttribute('data-state', 'starting');
    await expect(page.getByTestId(stop)).toBeEnabled();
    await expect.poll(() => ear.heard().levelDbfs).toBeGreaterThan(-40);
    await expect(light).toHaveAttribute('data-state', 'unsure', GIVEN_UP);
    await expectSilence(page, stage);

    line.restore();
    await expect(light).toHaveAttribute('data-state', 'held', GIVEN_UP);
    expect(await liveOn(stage)).toBe(1);
    await page.getByTestId(TEST_ID.speak).click();
    await expect(light).toHaveAttribute('data-state', 'on-air');
    ear.restart();
    await expect.poll(() => ear.heard().match('presenter').correlation, { timeout: 30_000 }).toBeGreaterThan(HEARD);
    await page.getByTestId(stop).click();
    await expect(light).toHaveAttribute('data-state', 'ended');
    expect(await liveOn(stage)).toBe(0);
  });

  test(`${place}: loaded anew before the start is answered: no voice gets on air without a press`, async ({
    stage,
  }) => {
    const { page } = await stage.presenter('presenter');
    const line = await tapDoorLine(page);
    await prepare(page);
    const light = page.getByTestId(TEST_ID.onAirLight);
    line.silence();
    await press(page);
    await expect.poll(() => liveOn(stage)).toBe(1);
    await page.reload();
    await expect(light).toHaveAttribute('data-state', 'unsure');
    await expect(page.getByTestId(TEST_ID.goLive)).toBeHidden();
    await expect(page.getByTestId(TEST_ID.emergencyHold)).toBeHidden();

    line.restore();
    await expect(light).toHaveAttribute('data-state', 'held', GIVEN_UP);
    await expectSilence(page, stage);
    await page.getByTestId(TEST_ID.speak).click();
    await expect(light).toHaveAttribute('data-state', 'on-air');
    await page.getByTestId(stop).click();
    await expect(light).toHaveAttribute('data-state', 'ended');
  });
}

test('a start that the presenter gives up while nobody answers ends as soon as the door is heard', async ({
  stage,
}) => {
  const { page } = await stage.presenter('presenter');
  const line = await tapDoorLine(page);
  await readyDesk(page);
  const light = page.getByTestId(TEST_ID.onAirLight);
  line.silence();
  await page.getByTestId(TEST_ID.goLive).click();
  await page.getByTestId(TEST_ID.stop).click();
  await expect(light).toHaveAttribute('data-state', 'cut');
  await expectSilence(page, stage);
  line.restore();
  await expect.poll(() => liveOn(stage), GIVEN_UP).toBe(0);
  await expect(light).toHaveAttribute('data-state', 'ended', GIVEN_UP);
});

test('the stop of a segment outlives a reload while the door stands still', async ({ stage }) => {
  const segmentId = await stage.store('colleague', 'audio');
  const { page } = await stage.presenter('presenter');
  const desk = deskOf(page);
  await desk.open();
  await desk.choose(PHUONG_1);
  await page.getByTestId(TEST_ID.sourceSegment).check({ force: true });
  await page.getByTestId(TEST_ID.segment(segmentId)).check({ force: true });
  await desk.press();
  await desk.light('on-air');
  const door = freezeDoor(stage.facts.dataDir);
  try {
    await desk.stop();
    await desk.light('cut');
    await page.reload({ waitUntil: 'commit' });
    await desk.light('cut');
  } finally {
    door.thaw();
  }
  await desk.light('ended');
  expect(await liveOn(stage)).toBe(0);
});

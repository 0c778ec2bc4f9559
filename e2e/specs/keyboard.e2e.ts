import { TEST_ID } from '../../studio/src/lib/ui/test-ids.ts';
import { deskOf } from '../support/desk.ts';
import { readyToSpeakToAll } from '../support/emergency.ts';
import { tabTo } from '../support/gestures.ts';
import { expect, test, WARD } from '../support/stage.ts';
import { makeTone, TONE_HZ } from '../support/tones.ts';

test('the main job works with the keyboard alone', async ({ stage }) => {
  const { page } = await stage.presenter('presenter');
  const desk = deskOf(page);
  await desk.open();
  await tabTo(page, TEST_ID.deskSearch);
  await page.keyboard.type('phuong 1');
  await expect(page.getByTestId(TEST_ID.zone(WARD.phuong1))).toBeVisible();
  await page.keyboard.press('Tab');
  const row = page.locator('[role=treeitem]:focus');
  while ((await row.getAttribute('data-testid')) !== TEST_ID.zone(WARD.phuong1)) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  await expect(page.getByTestId(TEST_ID.zone(WARD.phuong1))).toHaveAttribute('aria-checked', 'true');
  // Armed by itself, for the microphone is allowed.
  await expect(page.getByTestId(TEST_ID.micState)).toHaveAttribute('data-state', 'connected');
  const light = page.getByTestId(TEST_ID.onAirLight);
  await tabTo(page, TEST_ID.goLive);
  // Held down for longer than a start takes: the button to stop, which comes in its place, must not get the repetitions.
  for (let n = 0; n < 3; n++) await page.keyboard.down('Enter');
  await expect(light).toBeFocused();
  await desk.light('on-air');
  await page.keyboard.down('Enter');
  await page.keyboard.up('Enter');
  await expect(light).toBeFocused();
  await tabTo(page, TEST_ID.stop);
  await page.keyboard.press('Enter');
  await desk.light('ended');
  await expect(light).toBeFocused();
});

test('a choice that takes something away leaves the focus where it was made', async ({ stage }) => {
  const segmentId = await stage.store('presenter', 'audio', 'Bản tin');
  const { page } = await stage.presenter('presenter');
  const by = (id: string) => page.getByTestId(id);
  const desk = deskOf(page);
  await desk.open();
  await desk.choose({ search: 'phuong 1', code: WARD.phuong1 }, { search: 'phuong 2', code: WARD.phuong2 });
  await by(TEST_ID.zonesChosen).getByRole('listitem').getByRole('button').last().press('Enter');
  await expect(by(TEST_ID.zonesChosen)).toBeFocused();

  await desk.readyMicrophone();
  await page.locator('summary').press('Enter');
  await by(TEST_ID.micMode).press('ArrowDown');
  await expect(by(TEST_ID.micMode)).toBeFocused();
  await expect(by(TEST_ID.micMode)).toHaveValue('raw');
  await expect(by(TEST_ID.micState)).toHaveText('Micrô sẵn sàng');
  await expect(by(TEST_ID.micMode)).toBeFocused();

  await by(TEST_ID.sourceSegment).check({ force: true });
  await by(TEST_ID.segment(segmentId)).check({ force: true });
  await by(TEST_ID.goLive).press('Enter');
  await by(TEST_ID.pause).press('Enter');
  await expect(by(TEST_ID.unpause)).toBeFocused();
  await by(TEST_ID.unpause).press('Enter');
  await expect(by(TEST_ID.pause)).toBeFocused();
});

test('what goes away after a press, by itself or with its row leaves the focus in its panel, or else in the page', async ({
  stage,
}) => {
  const tone = makeTone(stage.facts.dataDir, TONE_HZ.low, 5);
  const segmentId = await stage.storeFile(tone, 'audio');
  const { page } = await stage.presenter('presenter');
  const by = (id: string) => page.getByTestId(id);
  const panel = (name: string) => page.getByRole('region', { name, exact: true });
  const desk = deskOf(page);
  await desk.open();
  await desk.choose({ search: 'phuong 1', code: WARD.phuong1 });
  await by(TEST_ID.sourceSegment).check({ force: true });
  await by(TEST_ID.segment(segmentId)).check({ force: true });
  await by(TEST_ID.goLive).press('Enter');
  await by(TEST_ID.pause).focus();
  await desk.light('ended');
  await expect(panel('Phát')).toBeFocused();

  await by(TEST_ID.goLive).press('Enter');
  await by(TEST_ID.onAirList).getByRole('button').press('Enter');
  await page.getByTestId('confirm').locator('visible=true').press('Enter');
  await expect(by(TEST_ID.onAirList).getByRole('button')).toHaveCount(0);
  await expect(panel('Đang phát')).toBeFocused();

  await by(TEST_ID.goLive).press('Enter');
  await page.getByRole('link', { name: 'Kho âm thanh' }).press('Enter');
  await by(TEST_ID.airBarStop).press('Enter');
  await expect(by(TEST_ID.airBar)).toHaveCount(0);
  await expect(page.getByRole('main')).toBeFocused();

  await by(TEST_ID.uploadFile).setInputFiles(tone);
  await by(TEST_ID.uploadSend).press('Enter');
  await expect(panel('Tải lên')).toBeFocused();
  const row = by(TEST_ID.segment(segmentId));
  await row.getByRole('button').last().press('Enter');
  await page.getByTestId('confirm').locator('visible=true').press('Enter');
  await expect(row).toHaveCount(0);
  await expect(panel('Tiết mục đã lưu')).toBeFocused();
});

test('a refusal that is put away leaves the focus beside the button it came from', async ({ stage }) => {
  const others = await stage.presenter('colleague');
  await deskOf(others.page).goLive({ search: 'phuong 1', code: WARD.phuong1 });
  const { page } = await stage.presenter('presenter');
  const desk = deskOf(page);
  await desk.open();
  await desk.choose({ search: 'phuong 1', code: WARD.phuong1 });
  await desk.readyMicrophone();
  const bar = page.locator('[data-bottom-bar]');
  await page.getByTestId(TEST_ID.goLive).press('Enter');
  await expect(page.getByTestId(TEST_ID.refused)).toBeVisible();
  await expect(bar).toBeFocused();
  await page.getByTestId(TEST_ID.refused).getByRole('button').first().press('Enter');
  await expect(bar).toBeFocused();
});

test('an emergency in two steps with the keyboard: the focus goes along, and a key that is held down confirms nothing', async ({
  stage,
}) => {
  const { page } = await stage.presenter('presenter');
  await readyToSpeakToAll(page);
  const confirm = page.getByTestId(TEST_ID.emergencyConfirm);
  await tabTo(page, TEST_ID.emergencyArm);
  for (let n = 0; n < 3; n++) await page.keyboard.down('Enter');
  await expect(confirm).toBeFocused();
  // Held for longer than any settling takes.
  await page.waitForTimeout(1_000);
  await page.keyboard.down('Enter');
  await page.keyboard.up('Enter');
  await expect(confirm).toBeFocused();
  await page.keyboard.press('Enter');
  const [light, stop] = [page.getByTestId(TEST_ID.onAirLight), page.getByTestId(TEST_ID.emergencyStop)];
  await expect(stop).toBeVisible();
  await expect(light).toBeFocused();
  await stop.press('Enter');
  await expect(light).toHaveAttribute('data-state', 'ended');
  await expect(light).toBeFocused();

  await page.getByTestId(TEST_ID.emergencyHold).focus();
  await page.keyboard.down('Enter');
  await expect(stop).toBeVisible();
  await expect(light).toBeFocused();
  await page.keyboard.down('Enter');
  await page.keyboard.up('Enter');
  await expect(stop).toBeVisible();
});

test('an enlarged map is moved by its buttons and shows the ward that the keyboard reaches', async ({ stage }) => {
  const { page } = await stage.presenter('presenter');
  await page.goto('/');
  const map = page.locator('svg:has([data-ward])');
  for (let n = 0; n < 4; n++) await page.getByTestId(TEST_ID.mapZoomIn).click();
  const before = await map.getAttribute('viewBox');
  await page.getByTestId(TEST_ID.mapPan('up')).click();
  await expect(map).not.toHaveAttribute('viewBox', before ?? '');
  await page.locator('[data-ward][tabindex="0"]').focus();
  const frame = await map.boundingBox();
  for (let n = 0; n < 17; n++) {
    await page.keyboard.press('ArrowRight');
    const ward = await page.locator('[data-ward]:focus').boundingBox();
    const [x, y] = [(ward?.x ?? 0) + (ward?.width ?? 0) / 2, (ward?.y ?? 0) + (ward?.height ?? 0) / 2];
    const [left, top] = [x - (frame?.x ?? 0), y - (frame?.y ?? 0)];
    expect(left > 0 && left < (frame?.width ?? 0) && top > 0 && top < (frame?.height ?? 0), `ward ${n} is seen`).toBe(
      true,
    );
  }
  const ward = page.locator('[data-ward][tabindex="0"]');
  const [x, y] = [(frame?.x ?? 0) + 100, (frame?.y ?? 0) + 100];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 60, y + 30, { steps: 4 });
  await page.mouse.up();
  await expect(ward).toHaveAttribute('aria-checked', 'false');
  // As assistive technology presses it: without a pointer.
  await ward.dispatchEvent('click');
  await expect(ward).toHaveAttribute('aria-checked', 'true');
  await page.getByRole('button', { name: 'Về toàn cảnh', exact: true }).press('Enter');
  await expect(page.getByTestId(TEST_ID.mapZoomIn)).toBeFocused();
});

import { TEST_ID } from '../../studio/src/lib/ui/test-ids.ts';
import { expectAccessible } from '../support/accessibility.ts';
import { deskOf } from '../support/desk.ts';
import { endEmergency, takeAllZones } from '../support/emergency.ts';
import { placeSilentReceivers } from '../support/silent-receivers.ts';
import { expect, test, WARD } from '../support/stage.ts';

const WARD_1 = { search: 'phường 1', code: WARD.phuong1 };

test('BR30: a preview names who is away and who is muted, for everybody to read', async ({ stage }) => {
  const silent = await placeSilentReceivers(stage.facts, WARD.phuong1);
  const { page } = await stage.presenter('presenter');
  const desk = deskOf(page);
  await desk.open();
  await desk.choose(WARD_1);
  const preview = page.getByTestId(TEST_ID.preview);
  await expect(preview).toContainText('1 bộ thu sẽ nghe');
  for (const name of [silent.muted, silent.away]) {
    const line = preview.getByRole('listitem').filter({ hasText: name });
    await expect(line).toBeHidden();
    await preview.locator('details', { hasText: name }).locator('summary').click();
    await expect(line).toBeVisible();
  }
  await expectAccessible(page);
  await silent.remove();
  await expect(preview.locator('details')).toHaveCount(0);
});

test('a desk on air, and one that is refused, are accessible', async ({ stage }) => {
  const speaker = await stage.presenter('presenter');
  await deskOf(speaker.page).goLive(WARD_1);
  await expectAccessible(speaker.page);
  const colleague = await stage.presenter('colleague');
  const desk = deskOf(colleague.page);
  await desk.open();
  await desk.choose(WARD_1);
  await desk.readyMicrophone();
  await desk.press();
  await expect(colleague.page.getByTestId(TEST_ID.refused).getByRole('alert')).toBeVisible();
  await expectAccessible(colleague.page);
});

test('in the log an interruption is nothing that the receivers have missed, and the log says so', async ({ stage }) => {
  const segmentId = await stage.store('emergency', 'emergency');
  const speaker = await stage.presenter('presenter');
  const desk = deskOf(speaker.page);
  await desk.open();
  const title = 'Bản tin bị ngắt';
  await desk.title(title);
  await desk.choose(WARD_1);
  await desk.readyMicrophone();
  await desk.press();
  await desk.tally(1);
  const { page } = await stage.presenter('colleague');
  await takeAllZones(page, segmentId);
  await desk.light('interrupted');
  await endEmergency(page);
  await desk.light('on-air');
  await desk.stop();
  await page.goto('/nhat-ky');
  const report = page
    .getByRole('listitem')
    .filter({ hasText: title })
    .filter({ has: page.locator('details') });
  await expect(async () => {
    const details = report.locator('details');
    if ((await details.getAttribute('open')) !== null) await details.locator('summary').click();
    await details.locator('summary').click();
    await expect(details).toContainText(/Tỷ lệ phát thành công: \d+ %/, { timeout: 2_000 });
    await expect(details).toContainText('lúc tạm dừng, bị ngắt hoặc mất nguồn âm không tính', { timeout: 2_000 });
  }).toPass({ timeout: 30_000 });
});

test('a running emergency is accessible', async ({ stage }) => {
  const segmentId = await stage.store('emergency', 'emergency');
  const { page } = await stage.presenter('presenter');
  await takeAllZones(page, segmentId);
  await expectAccessible(page);
  await endEmergency(page);
});

test('a chime that a colleague removes does not stay chosen: another one takes its place, in sight', async ({
  stage,
}) => {
  const chime = await stage.store('colleague', 'chime', 'Chuông của phường');
  const { page } = await stage.presenter('presenter');
  const select = page.getByTestId(TEST_ID.chimeSelect);
  await page.goto('/khan-cap');
  await select.selectOption(chime);
  await fetch(`${stage.facts.doorUrl}/api/v1/segments/${chime}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${stage.facts.token}` },
  });
  await expect(select).toHaveValue('attention');
  await expect(page.getByText('Chuông đã chọn không còn trong kho')).toBeVisible();
});

test('a search that finds more zones than it shows says so', async ({ stage }) => {
  const { page } = await stage.presenter('presenter');
  await deskOf(page).open();
  await page.getByTestId(TEST_ID.deskSearch).fill('cum loa');
  await expect(page.getByTestId(TEST_ID.deskSearchMore)).toContainText(/và \d+ khu vực khác/);
  await page.getByTestId(TEST_ID.deskSearch).fill('thang tam');
  await expect(page.getByTestId(TEST_ID.deskSearchMore)).toBeHidden();
});

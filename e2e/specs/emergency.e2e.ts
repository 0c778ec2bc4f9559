import { TEST_ID } from '../../studio/src/lib/ui/test-ids.ts';
import { endEmergency, holdToActivate, readyToSpeakToAll } from '../support/emergency.ts';
import { tapDoorLine } from '../support/lost-answers.ts';
import { expect, test, WARD } from '../support/stage.ts';

test('zones and time set for an emergency stay as they are over a visit to another page and a reload', async ({
  stage,
}) => {
  const { page } = await stage.presenter('presenter');
  const chosen = page.locator('[role="treeitem"][aria-checked="true"]');
  const expectKept = async (): Promise<void> => {
    await expect(page.getByTestId(TEST_ID.emergencySome)).toBeChecked();
    await expect(page.getByTestId(TEST_ID.zone(WARD.phuong1))).toHaveAttribute('aria-checked', 'true');
    await expect(page.getByTestId(TEST_ID.zone(WARD.phuong2))).toHaveAttribute('aria-checked', 'true');
    await expect(chosen).toHaveCount(2);
    await expect(page.getByTestId(TEST_ID.emergencyLife)).toHaveValue('5');
  };
  await page.goto('/khan-cap');
  await page.getByTestId(TEST_ID.emergencySome).check({ force: true });
  await page.getByTestId(TEST_ID.zone(WARD.phuong1)).click();
  await page.getByTestId(TEST_ID.zone(WARD.phuong2)).click();
  await page.getByTestId(TEST_ID.emergencyLife).selectOption('5');
  await expectKept();

  await page.locator('nav a[href="/bo-thu"]').click();
  await expect(page).toHaveURL(/bo-thu$/);
  await page.locator('nav a[href="/khan-cap"]').click();
  await expectKept();
  await page.reload();
  await expectKept();
});

test('an extension that nobody answers is said on the page that is on air, and no other is offered without a link', async ({
  stage,
}) => {
  const { page } = await stage.presenter('presenter');
  const line = await tapDoorLine(page);
  await readyToSpeakToAll(page);
  await holdToActivate(page);
  await expect(page.getByTestId(TEST_ID.onAirLight)).toHaveAttribute('data-state', 'on-air');
  const extend = page.getByTestId(TEST_ID.emergencyExtend);
  line.silence();
  await extend.click();
  await expect(page.getByTestId(TEST_ID.refused)).toContainText('Chưa gia hạn được', { timeout: 15_000 });
  await expect(page.getByTestId(TEST_ID.emergencyStop)).toBeVisible();
  await expect(extend).toBeDisabled({ timeout: 40_000 });
  await expect(page.getByTestId(TEST_ID.tally)).toBeHidden();

  line.restore();
  await expect(extend).toBeEnabled({ timeout: 40_000 });
  await endEmergency(page);
  await expect(page.getByTestId(TEST_ID.emergencyHold)).toBeVisible();
  await expect(page.getByTestId(TEST_ID.refused)).toBeHidden();
});

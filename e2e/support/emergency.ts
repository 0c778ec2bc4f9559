import { type Page } from '@playwright/test';
import { TEST_ID } from '../../studio/src/lib/ui/test-ids.ts';
import { expect } from './stage.ts';

const HOLD_MS = 2_000;

/** Opens the emergency page, picks a stored message, all zones, and holds the button. */
export async function takeAllZones(page: Page, segmentId: string): Promise<void> {
  await page.goto('/khan-cap');
  await expect(page.getByTestId(TEST_ID.linkState)).toHaveAttribute('data-state', 'connected');
  await page.getByTestId(TEST_ID.emergencyAll).check({ force: true });
  await page.getByTestId(TEST_ID.sourceSegment).check({ force: true });
  await page.getByTestId(TEST_ID.segment(segmentId)).click();
  const button = page.getByTestId(TEST_ID.emergencyHold);
  await button.hover();
  await page.mouse.down();
  await page.waitForTimeout(HOLD_MS);
  await page.mouse.up();
  await expect(page.getByTestId(TEST_ID.emergencyStop)).toBeVisible();
}

export async function endEmergency(page: Page): Promise<void> {
  await page.getByTestId(TEST_ID.emergencyStop).click();
  const confirm = page.getByRole('alertdialog').getByRole('button').last();
  if (await confirm.isVisible()) await confirm.click();
}

import { type Page } from '@playwright/test';
import { TEST_ID } from '../../studio/src/lib/ui/test-ids.ts';
import { expect } from './stage.ts';

const HOLD_MS = 2_000;

async function openEmergency(page: Page): Promise<void> {
  await page.goto('/khan-cap');
  await expect(page.getByTestId(TEST_ID.linkState)).toHaveAttribute('data-state', 'connected');
  await page.getByTestId(TEST_ID.emergencyAll).check({ force: true });
}

/** Holds the button as long as it wants to be held. */
export async function holdToActivate(page: Page): Promise<void> {
  const button = page.getByTestId(TEST_ID.emergencyHold);
  await expect(button).toBeEnabled();
  await button.hover();
  await page.mouse.down();
  await page.waitForTimeout(HOLD_MS);
  await page.mouse.up();
}

/** Opens the emergency page, picks a stored message, all zones, and holds the button. */
export async function takeAllZones(page: Page, segmentId: string): Promise<void> {
  await openEmergency(page);
  await page.getByTestId(TEST_ID.sourceSegment).check({ force: true });
  await page.getByTestId(TEST_ID.segment(segmentId)).click();
  await holdToActivate(page);
  await expect(page.getByTestId(TEST_ID.emergencyStop)).toBeVisible();
}

/** Opens the emergency page for the live microphone and all zones, ready to be activated. */
export async function readyToSpeakToAll(page: Page): Promise<void> {
  await openEmergency(page);
  await page.getByTestId(TEST_ID.sourceMic).check({ force: true });
  await expect(page.getByTestId(TEST_ID.micState)).toHaveAttribute('data-state', 'connected');
}

export async function endEmergency(page: Page): Promise<void> {
  await page.getByTestId(TEST_ID.emergencyStop).click();
}

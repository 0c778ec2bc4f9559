import { deskOf } from '../support/desk.ts';
import { expect, test, WARD } from '../support/stage.ts';
import { TEST_ID } from '../../studio/src/lib/ui/test-ids.ts';
import type { Page } from '@playwright/test';

/** Somebody who has not opened a microphone yet. */
const NEW_VISITOR = { permissions: [] };

async function expectPreview(page: Page): Promise<void> {
  await expect(page.getByTestId(TEST_ID.micOpen)).toBeVisible();
  await expect(page.getByTestId(TEST_ID.previewOutcome)).toHaveAttribute('data-outcome', 'starts');
  await expect(page.getByTestId(TEST_ID.preview)).toContainText(/[1-9]\d* bộ thu sẽ nghe/);
}

test('the desk shows who will hear it before the microphone is open', async ({ stage }) => {
  const { page } = await stage.presenter('presenter', NEW_VISITOR);
  const desk = deskOf(page);
  await desk.open();
  await desk.choose({ search: 'phuong 1', code: WARD.phuong1 });
  await expectPreview(page);
});

test('the emergency page shows how many receivers it takes before the microphone is open', async ({ stage }) => {
  const { page } = await stage.presenter('presenter', NEW_VISITOR);
  await page.goto('/khan-cap');
  await expectPreview(page);
});

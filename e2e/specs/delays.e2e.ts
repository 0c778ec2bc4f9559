import type { Page } from '@playwright/test';
import { TEST_ID } from '../../studio/src/lib/ui/test-ids.ts';
import { expectAccessible } from '../support/accessibility.ts';
import { expect, type Stage, test, WARD } from '../support/stage.ts';

const PHONE = { viewport: { width: 375, height: 667 }, isMobile: true, hasTouch: true };
const [LONE_MS, FIGURE_MS] = [60, 90];

type Zones = { zones: Array<{ code: string; playoutDelayMs?: number | null }> };
const storedMs = async (stage: Stage, code: string) => {
  const { zones } = (await (await stage.api('/api/v1/zones')).json()) as Zones;
  return zones.find((zone) => zone.code === code)?.playoutDelayMs ?? null;
};

/** Opens the page by the way that a person takes, and one ward of it. */
async function openWard(page: Page, code: string): Promise<void> {
  await page.goto('/bo-thu');
  await page.getByRole('link', { name: 'Độ trễ phát của từng khu' }).click();
  await expect(page).toHaveURL(/\/bo-thu\/do-tre$/);
  await page.getByTestId(TEST_ID.delayRow(code)).locator('summary').click();
  await expect(page.getByTestId(TEST_ID.delaySave)).toBeVisible();
}

test('PO72: with the keyboard alone a ward gets a delay, its loudspeaker moves to it, and goes back to the default', async ({
  stage,
}) => {
  const { page } = await stage.presenter('presenter');
  await openWard(page, WARD.phuong1);
  const [current, done] = [page.getByTestId(TEST_ID.delayCurrent(WARD.phuong1)), page.getByTestId(TEST_ID.delayDone)];
  await expect(current).toHaveText(`${LONE_MS} ms`);

  // From the choice that is made by the arrows to the figure, and Enter sets it.
  const chosen = page.getByTestId(TEST_ID.delayChoice('default'));
  await chosen.focus();
  await chosen.press('ArrowUp');
  await expect(page.getByTestId(TEST_ID.delayChoice('other'))).toBeChecked();
  const figure = page.getByTestId(TEST_ID.delayFigure);
  // Who goes through the choices by the arrows is not taken out of them.
  await expect(page.getByTestId(TEST_ID.delayChoice('other'))).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(figure).toBeFocused();
  await figure.fill(String(FIGURE_MS));
  await figure.press('Enter');
  await expect(done).not.toBeEmpty();
  expect(await storedMs(stage, WARD.phuong1)).toBe(FIGURE_MS);

  await expect(page.getByTestId(TEST_ID.delayProgress(WARD.phuong1))).toBeVisible();
  await expect(current).toHaveText(new RegExp(`→ ${FIGURE_MS} ms$`));
  // 30 ms take 15 s.
  await expect(current).toHaveText(`${FIGURE_MS} ms`, { timeout: 40_000 });
  await expect(page.getByTestId(TEST_ID.delayProgress(WARD.phuong1))).toHaveCount(0);

  await page.getByTestId(TEST_ID.delayChoice('default')).check();
  await page.getByTestId(TEST_ID.delaySave).press('Enter');
  await expect(done).not.toBeEmpty();
  expect(await storedMs(stage, WARD.phuong1)).toBeNull();
  await expect(current).toHaveText(new RegExp(`→ ${LONE_MS} ms$`));
});

test('a figure that cannot be is refused where it was typed, with the bounds, and nothing is set', async ({
  stage,
}) => {
  const { page } = await stage.presenter('presenter', PHONE);
  await openWard(page, WARD.thangTam);
  const [figure, mistake] = [page.getByTestId(TEST_ID.delayFigure), page.getByTestId(TEST_ID.delayMistake)];
  for (const [typed, says] of [
    ['9000', '5000'],
    ['12,5', '12,5'],
    ['', '20'],
  ] as const) {
    await figure.fill(typed);
    await page.getByTestId(TEST_ID.delaySave).click();
    await expect(mistake).toContainText('Độ trễ');
    await expect(mistake).toContainText(says);
    await expect(figure).toBeFocused();
    await expect(figure).toHaveAttribute('aria-invalid', 'true');
  }
  await expectAccessible(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
  expect(await storedMs(stage, WARD.thangTam)).toBeNull();
});

test('PO73: a delay that would be heard as an echo next door is warned of before it is set', async ({ stage }) => {
  const { page } = await stage.presenter('presenter');
  await openWard(page, WARD.phuong2);
  await expect(page.getByTestId(TEST_ID.delayClash)).toHaveCount(0);
  await page.getByTestId(TEST_ID.delayChoice(400)).check();
  // Phường Thắng Tam borders on Phường 2; Phường 1 does not.
  await expect(page.getByTestId(TEST_ID.delayClash)).toContainText('Thắng Tam');
  await expect(page.getByTestId(TEST_ID.delayClash)).not.toContainText('Phường 1 ');
  await expectAccessible(page);
});

test('a zone is found without diacritics', async ({ stage }) => {
  const { page } = await stage.presenter('presenter');
  await page.goto('/bo-thu/do-tre');
  await expect(page.getByTestId(TEST_ID.delayRow(WARD.phuong1))).toBeVisible();
  await page.getByTestId(TEST_ID.delaySearch).fill('thang tam');
  await expect(page.getByTestId(TEST_ID.delayRow(WARD.thangTam))).toBeVisible();
  await expect(page.getByTestId(TEST_ID.delayRow(WARD.phuong1))).toHaveCount(0);
});

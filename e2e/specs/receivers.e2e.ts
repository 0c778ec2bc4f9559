import { expect, type Stage, test, WARD } from '../support/stage.ts';
import { TEST_ID } from '../../studio/src/lib/ui/test-ids.ts';

type Listed = { receivers: Array<{ receiverId: string; online: boolean }> };

async function idsOf(stage: Stage): Promise<string[]> {
  const { receivers } = (await (await stage.api('/api/v1/receivers')).json()) as Listed;
  return receivers.map(({ receiverId }) => receiverId);
}

test('a receiver that is gone for good is taken out of the list, after a question; one that is online is not offered', async ({
  stage,
}) => {
  const before = await idsOf(stage);
  const site = await stage.presenter('colleague');
  await site.page.goto('/bo-thu-web');
  const { zones } = (await (await stage.api('/api/v1/zones')).json()) as { zones: Array<{ id: string; code: string }> };
  const zone = zones.find(({ code }) => code === WARD.phuong2)?.id ?? '';
  await site.page.getByTestId(TEST_ID.webReceiverZone).selectOption(zone);
  await site.page.getByTestId(TEST_ID.webReceiverJoin).press('Enter');
  await expect(site.page.getByTestId(TEST_ID.webReceiverState)).toBeFocused();
  await expect(site.page.getByTestId(TEST_ID.webReceiverState)).toHaveAttribute('data-state', 'up');
  await expect.poll(async () => (await idsOf(stage)).length).toBe(before.length + 1);
  const id = (await idsOf(stage)).find((one) => !before.includes(one)) ?? '';

  // Both would be this receiver, and the server keeps only one connection of it.
  const other = await site.page.context().newPage();
  await other.goto('/bo-thu-web');
  await expect(other.getByTestId(TEST_ID.webReceiverZone)).toHaveValue(zone);
  await other.getByTestId(TEST_ID.webReceiverJoin).click();
  await expect(other.getByTestId(TEST_ID.webReceiverElsewhere)).toBeVisible();
  await expect(site.page.getByTestId(TEST_ID.webReceiverState)).toHaveAttribute('data-state', 'up');

  const { page } = await stage.presenter('presenter');
  await page.goto('/bo-thu');
  const row = page.getByTestId(TEST_ID.receiver(id));
  const remove = page.getByTestId(TEST_ID.receiverRemove(id));
  await expect(row).toHaveAttribute('data-state', 'online');
  await row.locator('summary').click();
  await expect(row.getByTestId(TEST_ID.receiverVolume(id))).toBeVisible();
  await expect(remove).toHaveCount(0);

  await site.browser.close();
  await expect(row).toHaveAttribute('data-state', 'offline', { timeout: 30_000 });
  await remove.click();
  await page.getByRole('dialog').getByRole('button').first().click();
  await expect(row).toBeVisible();
  await remove.click();
  await page.getByTestId('confirm').locator('visible=true').click();
  await expect(row).toHaveCount(0);
  expect(await idsOf(stage)).not.toContain(id);
});

import { deskOf } from '../support/desk.ts';
import { expect, test, WARD } from '../support/stage.ts';
import { TEST_ID } from '../../studio/src/lib/ui/test-ids.ts';

test('whoever typed no name is named in the reader’s language', async ({ stage }) => {
  const { page } = await stage.presenter('presenter');
  const desk = deskOf(page);
  await desk.open();
  await desk.choose({ search: 'phuong 1', code: WARD.phuong1 });
  await desk.readyMicrophone();
  await desk.press();
  await desk.light('on-air');
  await expect(page.getByTestId(TEST_ID.onAirList)).toContainText('Phát thanh viên');
  const reader = await stage.presenter('colleague');
  await reader.page.goto('/');
  await reader.page.getByTestId(TEST_ID.languageEn).click();
  await expect(reader.page.getByTestId(TEST_ID.onAirList)).toContainText('Presenter');
  await expect(reader.page.getByTestId(TEST_ID.onAirList)).not.toContainText('Phòng phát thanh');
});

import { TEST_ID } from '../../studio/src/lib/ui/test-ids.ts';
import { deskOf } from '../support/desk.ts';
import { endEmergency, holdToActivate } from '../support/emergency.ts';
import { expect, expectRecordedSilence, HEARD, test, WARD } from '../support/stage.ts';

const LISTEN_MS = 2_000;

test('an emergency that is spoken in the tab of a running desk is heard in its own wards only, also after a reload, and the desk goes on after it', async ({
  stage,
}) => {
  const { page } = await stage.presenter('presenter');
  const desk = deskOf(page);
  await desk.open();
  await desk.choose({ search: 'phuong 1', code: WARD.phuong1 });
  await desk.readyMicrophone();
  const [ofDesk, ofEmergency] = [stage.ear(WARD.phuong1), stage.ear(WARD.phuong2)];
  const onlyEmergencyIsHeard = async () => {
    await expect(page.getByTestId(TEST_ID.emergencyStop)).toBeVisible();
    ofEmergency.restart();
    await expect
      .poll(() => ofEmergency.heard().match('presenter').correlation, { timeout: 30_000 })
      .toBeGreaterThan(HEARD);
    ofDesk.restart();
    // Red means that a voice comes out of loudspeakers: the receivers of the desk sound silence.
    await expect(page.getByTestId(TEST_ID.airBar)).toHaveAttribute('data-state', 'silenced');
    await page.waitForTimeout(LISTEN_MS);
    expectRecordedSilence(ofDesk);
  };
  await desk.press();
  await desk.light('on-air');
  await expect.poll(() => ofDesk.heard().match('presenter').correlation, { timeout: 30_000 }).toBeGreaterThan(HEARD);

  // By the link, as a person goes: the microphone stays open.
  await page.locator('nav a[href="/khan-cap"]').first().click();
  await page.getByTestId(TEST_ID.emergencySome).check({ force: true });
  await desk.choose({ search: 'phuong 2', code: WARD.phuong2 });
  await desk.readyMicrophone();
  await holdToActivate(page);
  await onlyEmergencyIsHeard();

  await page.reload();
  await onlyEmergencyIsHeard();

  await endEmergency(page);
  ofDesk.restart();
  await expect.poll(() => ofDesk.heard().match('presenter').correlation, { timeout: 30_000 }).toBeGreaterThan(HEARD);
});

import { deskOf } from '../support/desk.ts';
import { type Ear, expect, HEARD, SILENCE_DBFS, type Stage, test as stageTest, WARD } from '../support/stage.ts';
import { startSystem, type SystemFacts } from '../support/system.ts';
import { levels, READING_MS } from '../support/tones.ts';
import { layTwoNetworks, type TwoNetworks, whyNoTwoNetworks } from '../support/two-networks.ts';

/** A presenter walks out of the reach of one network into another: the browser’s machine has other addresses from then on, and other routes. */

const PHUONG_1 = { search: 'phuong 1', code: WARD.phuong1 };
/** So long, in the loudspeaker's own recording, nothing is heard at most; a browser that is left to itself takes nine seconds. */
const LONGEST_HOLE_MS = 5_000;
const NETWORKS_TIMEOUT_MS = 30_000;
const SYSTEM_TIMEOUT_MS = 180_000;

const test = stageTest.extend<object, { facts: SystemFacts; networks: TwoNetworks }>({
  networks: [
    async ({}, use) => {
      const networks = await layTwoNetworks();
      await use(networks);
      await networks.close();
    },
    { scope: 'worker', timeout: NETWORKS_TIMEOUT_MS },
  ],
  facts: [
    async ({ networks }, use) => {
      const { facts, stop } = await startSystem({ place: networks.system });
      await use(facts);
      await stop();
    },
    { scope: 'worker', timeout: SYSTEM_TIMEOUT_MS },
  ],
});

interface OnAir {
  readonly broadcastId: string;
  readonly startedAt: number;
  readonly source: { readonly sourceId: string };
}

async function onAir(stage: Stage): Promise<OnAir | undefined> {
  return ((await (await stage.api('/api/v1/broadcasts')).json()) as { broadcasts: OnAir[] }).broadcasts[0];
}

const isHeard = (ear: Ear) =>
  expect.poll(() => ear.heard().match('presenter').correlation, { timeout: 30_000 }).toBeGreaterThan(HEARD);

/** The longest silence in what an ear heard, its pauses for breath included. */
function longestHoleMs(ear: Ear): number {
  const loud = levels(ear.heard().sound).map((level) => (level > SILENCE_DBFS ? '#' : '.'));
  const holes = loud.join('').split(/#+/);
  return Math.max(...holes.map((hole) => hole.length)) * READING_MS;
}

/** A presenter on the air in the first network; and after `move` heard again in the other one, in the same broadcast, from the same source. */
async function goesOn(stage: Stage, networks: TwoNetworks, move: () => void): Promise<void> {
  const { page } = await stage.presenter('presenter', {}, networks.browserArgs, networks.chromium);
  const desk = deskOf(page);
  await desk.goLive(PHUONG_1);
  const ear = stage.ear(WARD.phuong1);
  await isHeard(ear);
  const before = await onAir(stage);
  if (!before) throw new Error('the page says on air, the door does not');
  const { broadcastId, startedAt, source } = before;

  const moving = stage.ear(WARD.phuong1);
  move();
  // Nothing that was on its way at that moment counts as heard again.
  await page.waitForTimeout(1_000);
  ear.restart();
  await isHeard(ear);
  expect(longestHoleMs(moving)).toBeLessThan(LONGEST_HOLE_MS);
  await desk.light('on-air');
  expect(await onAir(stage)).toMatchObject({ broadcastId, startedAt, source, sourceKeepUntil: null });
}

const refusal = whyNoTwoNetworks();

// Nothing is skipped: each machine has its own half.
if (refusal === null) {
  // Not afterwards: over a dead link no browser could say good-bye.
  test.beforeEach(({ networks }) => {
    networks.wifi.leave();
    networks.mobile.leave();
  });

  test('BR17, BR60: the Wi-Fi is gone and a mobile network comes: the voice is heard again without a press, in the same broadcast', async ({
    stage,
    networks,
  }) => {
    networks.wifi.join();
    await goesOn(stage, networks, () => {
      networks.wifi.leave();
      networks.mobile.join();
    });
  });

  test('BR17, BR60: of two networks the one that is used is gone: the voice is heard again over the other one', async ({
    stage,
    networks,
  }) => {
    networks.wifi.join();
    networks.mobile.join();
    await goesOn(stage, networks, () => networks.wifi.leave());
  });
} else {
  stageTest('two networks, where there can be none, say so and do not come about', async () => {
    expect(refusal).not.toBe('');
    await expect(layTwoNetworks()).rejects.toThrow();
  });
}

import { randomUUID } from 'node:crypto';
import type { Browser, Page } from '@playwright/test';
import { TEST_ID } from '../../studio/src/lib/ui/test-ids.ts';
import { launchBrowser } from '../support/browser.ts';
import { deskOf } from '../support/desk.ts';
import { endEmergency, holdToActivate, readyToSpeakToAll } from '../support/emergency.ts';
import { EAR_CONTEXT, openPageEar } from '../support/page-ear.ts';
import { killNode } from '../support/processes.ts';
import { type Ear, expect, type Stage, test as stageTest, WARD } from '../support/stage.ts';
import { doorUrlsOf, startSystem, type SystemFacts } from '../support/system.ts';
import { makeTone, READING_MS, TONE_HZ, TONE_SECONDS, toneLevels } from '../support/tones.ts';

/** Two nodes with a studio each, as `npm run cluster` starts them; pages are opened at the studio of node a. */

const NODES = 2;
const LOUD_DBFS = -45;
/** What a tone may be without where the sender changes its connection: the fake microphone itself stumbles. */
const LONGEST_HOLE_MS = 200;
const SYSTEM_TIMEOUT_MS = 180_000;

const test = stageTest.extend<object, { facts: SystemFacts }>({
  facts: [
    async ({}, use) => {
      const { facts, stop } = await startSystem({ nodes: NODES });
      await use(facts);
      await stop();
    },
    { scope: 'worker', timeout: SYSTEM_TIMEOUT_MS },
  ],
});

interface NodeState {
  readonly receivers: number;
  readonly doors: readonly string[];
  readonly sounding: ReadonlyArray<{ readonly broadcastId: string; readonly stays: boolean }> | null;
}

/** A node by its index: 0 is a. */
function nodeOf({ facts }: Stage, index: number) {
  const url = doorUrlsOf(facts, NODES)[index] ?? '';
  const headers = { authorization: `Bearer ${facts.token}`, 'content-type': 'application/json' };
  const drain = async (draining: boolean): Promise<NodeState> => {
    const body = JSON.stringify({ draining });
    return (await (await fetch(`${url}/api/v1/node/drain`, { method: 'POST', headers, body })).json()) as NodeState;
  };
  return {
    url,
    drain,
    state: async () => (await (await fetch(`${url}/api/v1/node`)).json()) as NodeState,
    post: (path: string, body: object) =>
      fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) }),
  };
}

/** Both nodes are there and know of each other. */
async function untilBoth(stage: Stage): Promise<void> {
  for (const index of [0, 1])
    await expect
      .poll(
        async () =>
          (
            await nodeOf(stage, index)
              .state()
              .catch(() => null)
          )?.doors.length ?? 0,
        { timeout: 60_000 },
      )
      .toBe(1);
}

/** Holes in a tone, in ms, longest first; what comes before it is no hole. */
function holesIn(ear: Ear, hz: number): number[] {
  const loud = toneLevels(ear.heard().sound, hz).map((level) => (level > LOUD_DBFS ? '#' : '.'));
  return loud
    .join('')
    .replace(/^\.+|\.+$/g, '')
    .split(/#+/)
    .map((hole) => hole.length * READING_MS)
    .sort((one, other) => other - one);
}

/** Whether the last second of what an ear heard was this tone. */
const hears = (ear: Ear, hz: number) => {
  const last = toneLevels(ear.heard().sound, hz).slice(-1_000 / READING_MS);
  return last.length > 0 && last.filter((level) => level > LOUD_DBFS).length > last.length / 2;
};

/** A desk whose microphone hears a tone that nothing is done to. */
async function toneDesk(stage: Stage): Promise<{ browser: Browser; page: Page; desk: ReturnType<typeof deskOf> }> {
  const browser = await launchBrowser(makeTone(stage.facts.dataDir, TONE_HZ.low));
  const page = await stage.pageIn(browser);
  const desk = deskOf(page);
  await desk.open();
  await desk.choose({ search: 'thang tam', code: WARD.thangTam });
  await desk.readyMicrophone();
  const mode = page.getByTestId(TEST_ID.micMode);
  await page.locator('details', { has: mode }).locator('summary').click();
  await mode.selectOption('raw');
  await expect(page.getByTestId(TEST_ID.micState)).toHaveAttribute('data-state', 'connected');
  return { browser, page, desk };
}

async function liveOf(stage: Stage) {
  type Live = { broadcasts: Array<{ broadcastId: string; phase: string; sourceKeepUntil: number | null }> };
  return ((await (await fetch(`${nodeOf(stage, 1).url}/api/v1/broadcasts?state=live`)).json()) as Live).broadcasts;
}

test('ND12, F15: a node is emptied while a presenter of it speaks: the page goes to the other node, and the tone goes on without a hole', async ({
  stage,
}) => {
  await untilBoth(stage);
  const [a, b] = [nodeOf(stage, 0), nodeOf(stage, 1)];
  const { browser, desk } = await toneDesk(stage);
  const ear = stage.ear(WARD.thangTam);
  await desk.press();
  await desk.light('on-air');
  await expect.poll(() => hears(ear, TONE_HZ.low), { timeout: 30_000 }).toBe(true);
  const [{ broadcastId = '' } = {}] = await liveOf(stage);
  ear.restart();
  expect((await a.drain(true)).sounding).toMatchObject([{ broadcastId, stays: false }]);
  await expect.poll(async () => (await a.state()).sounding, { timeout: 30_000 }).toEqual([]);
  expect((await b.state()).sounding).toMatchObject([{ broadcastId }]);
  await desk.light('on-air');
  await expect.poll(() => ear.heard().lengthMs, { timeout: 30_000 }).toBeGreaterThan(5_000);
  expect(hears(ear, TONE_HZ.low)).toBe(true);
  expect(holesIn(ear, TONE_HZ.low)[0]).toBeLessThan(LONGEST_HOLE_MS);
  expect(await liveOf(stage)).toMatchObject([{ broadcastId, phase: 'on-air', sourceKeepUntil: null }]);

  const refused = await fetch(`${a.url}/whip`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stage.facts.token}`, 'content-type': 'application/sdp' },
    body: 'v=0\r\n',
  });
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ error: { code: 'unavailable', details: { doors: [b.url] } } });
  await desk.stop();
  await a.drain(false);
  await browser.close();
});

test('ND13: an emergency that is spoken there is left by a first order to empty the node, and goes on elsewhere after the second', async ({
  stage,
}) => {
  await untilBoth(stage);
  const [a, b] = [nodeOf(stage, 0), nodeOf(stage, 1)];
  const { page } = await stage.presenter('presenter');
  await readyToSpeakToAll(page);
  await holdToActivate(page);
  const light = page.getByTestId(TEST_ID.onAirLight);
  await expect(light).toHaveAttribute('data-state', 'on-air');
  expect((await a.drain(true)).sounding).toMatchObject([{ stays: true }]);
  // All its receivers leave, the emergency does not.
  await expect.poll(async () => (await a.state()).receivers, { timeout: 30_000 }).toBe(0);
  await page.waitForTimeout(3_000);
  expect((await a.state()).sounding).toMatchObject([{ stays: true }]);
  await expect(light).toHaveAttribute('data-state', 'on-air');
  expect((await a.drain(true)).sounding).toMatchObject([{ stays: false }]);
  await expect.poll(async () => (await a.state()).sounding, { timeout: 30_000 }).toEqual([]);
  expect((await b.state()).sounding).toHaveLength(1);
  await expect(light).toHaveAttribute('data-state', 'on-air');
  await endEmergency(page);
  await expect(page.getByTestId(TEST_ID.emergencyHold)).toBeVisible();
  await a.drain(false);
});

test('ND4, F14: the node of the pages is killed: receiver page, citizen and presenter go on at the other node without a press', async ({
  stage,
}) => {
  await untilBoth(stage);
  const b = nodeOf(stage, 1);
  const zones = (await (await fetch(`${b.url}/api/v1/zones`)).json()) as { zones: Array<{ id: string; code: string }> };
  const zoneId = (code: string) => zones.zones.find((zone) => zone.code === code)?.id ?? '';
  const segmentId = await stage.storeFile(makeTone(stage.facts.dataDir, TONE_HZ.high), 'audio');
  await expect
    .poll(
      async () => ((await (await fetch(`${b.url}/api/v1/segments/${segmentId}`)).json()) as { status: string }).status,
    )
    .toBe('ready');

  const { page: site, browser } = await stage.presenter('colleague', EAR_CONTEXT);
  const siteEar = await openPageEar(site);
  await site.goto('/bo-thu-web');
  await site.getByTestId(TEST_ID.webReceiverZone).selectOption(zoneId(WARD.phuong1));
  await site.getByTestId(TEST_ID.webReceiverJoin).click();
  const siteState = site.getByTestId(TEST_ID.webReceiverState);
  await expect(siteState).toHaveAttribute('data-state', 'up');
  const citizen = await stage.pageIn(browser);
  await citizen.goto(`/nghe/${WARD.phuong1}`);
  await citizen.getByTestId(TEST_ID.listenPlay).click();
  const citizenState = citizen.getByTestId(TEST_ID.listenState);
  await expect(citizenState).toHaveAttribute('data-state', 'connected');
  const speaker = await stage.presenter('presenter');
  const desk = deskOf(speaker.page);
  await desk.goLive({ search: 'thang tam', code: WARD.thangTam });

  const started = await b.post('/api/v1/broadcasts', {
    ...{
      id: randomUUID(),
      key: randomUUID(),
      title: 'Âm thử hai nút',
      level: 1,
      authority: 1,
      mode: 'replace',
      wait: false,
    },
    source: { kind: 'segment', segmentId, durationMs: TONE_SECONDS * 1_000 },
    zones: [zoneId(WARD.phuong1)],
  });
  expect(started.status).toBe(201);
  const siteHears = async () => {
    const last = toneLevels(await siteEar.heard(), TONE_HZ.high).slice(-1_000 / READING_MS);
    return last.length > 0 && last.every((level) => level > LOUD_DBFS);
  };
  await expect.poll(siteHears, { timeout: 30_000 }).toBe(true);
  const before = (await siteEar.heard()).length;

  killNode(stage.facts.dataDir, 'a');
  type Listed = { receivers: Array<{ receiverId: string; online: boolean; report: { path: string } | null }> };
  const atB = async () => {
    const { receivers } = (await (await fetch(`${b.url}/api/v1/receivers`)).json()) as Listed;
    return receivers.filter(({ receiverId, online }) => receiverId.startsWith('web-') && online).length;
  };
  await expect.poll(atB, { timeout: 30_000 }).toBe(1);
  await expect.poll(async () => (await siteEar.heard()).length, { timeout: 30_000 }).toBeGreaterThan(before + 8_000);
  await expect.poll(siteHears, { timeout: 30_000 }).toBe(true);
  await expect(siteState).toHaveAttribute('data-state', 'up');
  await expect(citizenState).toHaveAttribute('data-state', 'connected', { timeout: 30_000 });
  await expect(speaker.page.getByTestId(TEST_ID.linkState)).toHaveAttribute('data-state', 'connected');
  const ear = stage.ear(WARD.thangTam);
  await expect.poll(() => ear.heard().levelDbfs, { timeout: 30_000 }).toBeGreaterThan(-40);
  await desk.light('on-air');
  // What the test leaves on air is ended over node a, which is being started again.
  await untilBoth(stage);
});

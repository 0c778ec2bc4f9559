import { randomUUID } from 'node:crypto';
import { TEST_ID } from '../../studio/src/lib/ui/test-ids.ts';
import type { Page } from '@playwright/test';
import { deskOf } from '../support/desk.ts';
import { EAR_CONTEXT, openPageEar } from '../support/page-ear.ts';
import { expect, type Stage, test, WARD } from '../support/stage.ts';
import { makeTone, median, READING_MS, TONE_HZ, TONE_SECONDS, toneLevels } from '../support/tones.ts';

const LOUD_DBFS = -40;
/** What is ducked is 18 dB softer. */
const DUCKED_DB = -18;
const FAIR_DB = 4;
/** Less than the half second after which a broadcast that just stops coming is given up. */
const LONGEST_GAP_MS = 350;

test('after an emergency on the same bus the page goes on at once, and the lower programme is never heard over it', async ({
  stage,
}) => {
  const { ear } = await openSite(stage);
  await start(stage, await stage.storeFile(makeTone(stage.facts.dataDir, TONE_HZ.low), 'audio'), {});
  await expect.poll(() => heardFor(ear, 'low', 1_000), { timeout: 30_000 }).toBe(true);
  const emergency = await start(
    stage,
    await stage.storeFile(makeTone(stage.facts.dataDir, TONE_HZ.high), 'emergency'),
    {
      level: 3,
      authority: 3,
    },
  );
  await expect.poll(() => heardFor(ear, 'high', 1_000), { timeout: 30_000 }).toBe(true);
  await stage.api(`/api/v1/broadcasts/${emergency}/stop`, {});
  await expect.poll(() => heardFor(ear, 'low', 1_000), { timeout: 30_000 }).toBe(true);

  const sound = await ear.heard();
  const low = toneLevels(sound, TONE_HZ.low).map((level) => level > LOUD_DBFS);
  const high = toneLevels(sound, TONE_HZ.high).map((level) => level > LOUD_DBFS);
  const [first, last] = [high.indexOf(true), high.lastIndexOf(true)];
  const back = low.indexOf(true, last);
  expect((back - last) * READING_MS).toBeLessThan(LONGEST_GAP_MS);
  expect(low.slice(first + 1, last).filter(Boolean)).toEqual([]);
});

for (const [where, code] of [
  ['on the same bus', WARD.thangTam],
  ['on the bus of the city', '747'],
] as const) {
  test(`an overlay ${where} is heard over the lower programme, which is ducked and comes back`, async ({ stage }) => {
    const { page, ear } = await openSite(stage);
    await start(stage, await stage.storeFile(makeTone(stage.facts.dataDir, TONE_HZ.low), 'audio'), {});
    await expect.poll(() => heardFor(ear, 'low', 1_000), { timeout: 30_000 }).toBe(true);
    const before = median(lastLevels(await ear.heard(), TONE_HZ.low, 500));
    const tone = await stage.storeFile(makeTone(stage.facts.dataDir, TONE_HZ.high), 'audio');
    const overlay = await start(stage, tone, { level: 2, mode: 'overlay', code });
    await expect.poll(() => heardFor(ear, 'high', 1_500), { timeout: 30_000 }).toBe(true);
    const during = await ear.heard();
    expect(median(lastLevels(during, TONE_HZ.high, 500))).toBeGreaterThan(before - FAIR_DB);
    const ducked = median(lastLevels(during, TONE_HZ.low, 500)) - before;
    expect(ducked).toBeGreaterThan(DUCKED_DB - FAIR_DB);
    expect(ducked).toBeLessThan(DUCKED_DB + FAIR_DB);
    await expect(page.getByTestId(TEST_ID.webReceiverState)).toHaveAttribute('data-roles', 'ducked overlay');

    await stage.api(`/api/v1/broadcasts/${overlay}/stop`, {});
    await expect
      .poll(async () => Math.abs(median(lastLevels(await ear.heard(), TONE_HZ.low, 500)) - before), { timeout: 30_000 })
      .toBeLessThan(1);
  });
}

test('while the server stands in for a presenter who is away the page does not claim to sound, nor record it', async ({
  stage,
}) => {
  const { page } = await openSite(stage);
  const speaker = await stage.presenter('presenter');
  const desk = deskOf(speaker.page);
  await desk.open();
  await desk.choose({ search: 'thang tam', code: WARD.thangTam });
  await desk.readyMicrophone();
  await desk.press();
  const state = page.getByTestId(TEST_ID.webReceiverState);
  await expect(state).toHaveAttribute('data-sounding', 'true');
  const { broadcasts } = (await (await stage.api('/api/v1/broadcasts?state=live')).json()) as {
    broadcasts: Array<{ broadcastId: string }>;
  };
  const broadcastId = broadcasts[0]?.broadcastId ?? '';
  // Sound is recorded in real time: some of it has to be there before the presenter goes.
  await expect.poll(async () => (await recordsOf(stage, broadcastId))[0]?.renderedMs ?? 0).toBeGreaterThan(0);
  await speaker.browser.close();
  await expect(state).toHaveAttribute('data-sounding', 'false');
  const during = (await (await stage.api(`/api/v1/broadcasts/${broadcastId}`)).json()) as { phase: string };
  expect(during.phase).toBe('on-air');

  const endedAt = async () =>
    ((await (await stage.api(`/api/v1/broadcasts/${broadcastId}`)).json()) as { endedAt: number | null }).endedAt ?? 0;
  await expect.poll(endedAt, { timeout: 60_000 }).toBeGreaterThan(0);
  const ended = await endedAt();
  await expect
    .poll(async () => (await recordsOf(stage, broadcastId)).every(({ final }) => final), { timeout: 30_000 })
    .toBe(true);
  const records = await recordsOf(stage, broadcastId);
  for (const record of records) {
    // A source that stays away is given up after 15 s, all of them filled with stand-ins.
    expect(ended - record.lastSoundAt).toBeGreaterThan(10_000);
    expect(record.renderedMs).toBeLessThanOrEqual(record.lastSoundAt - record.firstSoundAt + 1);
  }
});

test('a page whose sound stands still says so and does not claim to sound; a renderer that threw is made anew', async ({
  stage,
}) => {
  const { page } = await openSite(stage, { before: keepRenderers });
  await start(stage, await stage.storeFile(makeTone(stage.facts.dataDir, TONE_HZ.low), 'audio'), {});
  const state = page.getByTestId(TEST_ID.webReceiverState);
  await expect(state).toHaveAttribute('data-sounding', 'true');
  // Nothing comes from the audio thread any more, and the context runs on.
  await page.evaluate(() => window.loaRenderers?.at(-1)?.port.close());
  await expect(state).toHaveAttribute('data-stalled', 'true');
  await expect(state).toHaveAttribute('data-sounding', 'false');
  await expect.poll(() => webReports(stage)).toEqual([{ sounding: [], levelDbfs: null, complains: true }]);

  // Chromium gives the event of a renderer that threw to the page's handler, and not one that a test sends.
  await page.evaluate(() => {
    const renderer = window.loaRenderers?.at(-1);
    renderer?.onprocessorerror?.(new ErrorEvent('processorerror'));
  });
  await expect(state).toHaveAttribute('data-sounding', 'true', { timeout: 30_000 });
  await expect(state).toHaveAttribute('data-stalled', 'false');
  await expect.poll(async () => (await webReports(stage))[0]?.levelDbfs).toBeGreaterThan(LOUD_DBFS);
});

test('a browser that lets no page read packets still plays, and says how', async ({ stage }) => {
  const { page, ear } = await openSite(stage, { old: true });
  await expect(page.getByTestId(TEST_ID.webReceiverState)).toHaveAttribute('data-access', 'tracks');
  const broadcastId = await start(
    stage,
    await stage.storeFile(makeTone(stage.facts.dataDir, TONE_HZ.low), 'audio'),
    {},
  );
  await expect.poll(() => heardFor(ear, 'low', 1_000), { timeout: 30_000 }).toBe(true);
  await expect.poll(async () => (await recordsOf(stage, broadcastId))[0]?.renderedMs ?? 0).toBeGreaterThan(0);
  // Longer than three pilots: the path is known to be alive.
  await page.waitForTimeout(5_000);
  await expect(page.getByTestId(TEST_ID.webReceiverState)).toHaveAttribute('data-state', 'up');
});

type PageEar = Awaited<ReturnType<typeof openPageEar>>;

interface SiteOptions {
  /** In a browser without access to packets. */
  readonly old?: boolean;
  /** Runs in the page before anything of it does. */
  readonly before?: () => void;
}

declare global {
  interface Window {
    /** What plays on the audio thread, in the order in which it was made. */
    loaRenderers?: AudioWorkletNode[];
  }
}

function keepRenderers(): void {
  const made: AudioWorkletNode[] = (window.loaRenderers = []);
  window.AudioWorkletNode = class extends AudioWorkletNode {
    constructor(context: BaseAudioContext, name: string, options?: AudioWorkletNodeOptions) {
      super(context, name, options);
      if (name === 'packet-playout') made.push(this);
    }
  };
}

/** A page that receives in Thắng Tam. */
async function openSite(
  stage: Stage,
  { old = false, before }: SiteOptions = {},
): Promise<{ page: Page; ear: PageEar }> {
  const { page } = await stage.presenter('colleague', EAR_CONTEXT);
  const ear = await openPageEar(page);
  if (old) await page.addInitScript(() => Reflect.deleteProperty(window, 'RTCRtpScriptTransform'));
  if (before) await page.addInitScript(before);
  await page.goto('/bo-thu-web');
  await page.getByTestId(TEST_ID.webReceiverZone).selectOption(await zoneId(stage, WARD.thangTam));
  await page.getByTestId(TEST_ID.webReceiverJoin).click();
  const state = page.getByTestId(TEST_ID.webReceiverState);
  await expect(state).toHaveAttribute('data-state', 'up');
  if (!old) await expect(state).toHaveAttribute('data-access', 'packets');
  return { page, ear };
}

async function zoneId(stage: Stage, code: string): Promise<string> {
  const { zones } = (await (await stage.api('/api/v1/zones')).json()) as { zones: Array<{ id: string; code: string }> };
  return zones.find((zone) => zone.code === code)?.id ?? '';
}

interface StartOptions {
  readonly level?: number;
  readonly authority?: number;
  readonly mode?: 'replace' | 'overlay';
  readonly code?: string;
}

/** Puts a stored segment on air; answers the id of the broadcast. */
async function start(stage: Stage, segmentId: string, options: StartOptions): Promise<string> {
  const { level = 1, authority = 1, mode = 'replace', code = WARD.thangTam } = options;
  const response = await stage.api('/api/v1/broadcasts', {
    id: randomUUID(),
    key: randomUUID(),
    title: `Âm thử mức ${level}`,
    source: { kind: 'segment', segmentId, durationMs: TONE_SECONDS * 1_000 },
    zones: [await zoneId(stage, code)],
    level,
    authority,
    mode,
    wait: false,
  });
  expect(response.status).toBe(201);
  return ((await response.json()) as { broadcastId: string }).broadcastId;
}

function lastLevels(sound: Float32Array, hz: number, lengthMs: number): number[] {
  return toneLevels(sound, hz).slice(-lengthMs / READING_MS);
}

/** Whether the last `lengthMs` of what the page played were this tone, at full level and without a hole. */
async function heardFor(ear: PageEar, tone: keyof typeof TONE_HZ, lengthMs: number): Promise<boolean> {
  const levels = lastLevels(await ear.heard(), TONE_HZ[tone], lengthMs);
  return levels.length === lengthMs / READING_MS && levels.every((level) => level > LOUD_DBFS);
}

interface StoredRecord {
  readonly receiverId: string;
  readonly renderedMs: number;
  readonly firstSoundAt: number;
  readonly lastSoundAt: number;
  readonly final: boolean;
}

/** What pages that are there now tell the server of themselves. */
async function webReports(stage: Stage) {
  const { receivers } = (await (await stage.api('/api/v1/receivers')).json()) as {
    receivers: Array<{
      receiverId: string;
      online: boolean;
      report: { sounding: unknown[]; levelDbfs: number | null; problem: string | null } | null;
    }>;
  };
  return receivers
    .filter(({ receiverId, online }) => receiverId.startsWith('web-') && online)
    .map(({ report }) => ({
      sounding: report?.sounding,
      levelDbfs: report?.levelDbfs,
      complains: report?.problem?.includes('sound card') ?? false,
    }));
}

/** What pages (and not the demo receivers) have recorded of a broadcast. */
async function recordsOf(stage: Stage, broadcastId: string): Promise<StoredRecord[]> {
  const response = await stage.api(`/api/v1/playout-records?broadcastId=${broadcastId}`);
  const { records } = (await response.json()) as { records: StoredRecord[] };
  return records.filter(({ receiverId }) => receiverId.startsWith('web-'));
}

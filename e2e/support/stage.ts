import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test as base, expect, type Browser, type BrowserContextOptions, type Page } from '@playwright/test';
import { launchBrowser, STUDIO_CONTEXT } from './browser.ts';
import {
  cut,
  findSound,
  lengthMsOf,
  loudestDbfs,
  markOf,
  readBetween,
  readSound,
  type Match,
  type Sound,
} from './sound.ts';
import { speechPath, type Voice } from './speech.ts';
import { startSystem, type SystemFacts } from './system.ts';

/** The three demo receivers, by the ward they stand in. */
export const WARD = { phuong1: '26506', phuong2: '26509', thangTam: '26508' } as const;
export const RECEIVER_OF: Readonly<Record<string, string>> = {
  [WARD.phuong1]: 'demo-phuong-1',
  [WARD.phuong2]: 'demo-phuong-2',
  [WARD.thangTam]: 'demo-thang-tam',
};

/** Speech that went through Opus, a network and a loudspeaker's chain resembles its source at least this much. */
export const HEARD = 0.6;
/** And sound that has nothing to do with it less than this; see `NEEDLE_MS` for what was found. */
export const NOT_HEARD = 0.4;
export const SILENCE_DBFS = -60;
/** A loudspeaker writes ten times a second; a level is of a few of its writings. */
const SHORTEST_HEARD_MS = 300;
/** Far beyond what a system takes to start beside another one. */
const SYSTEM_TIMEOUT_MS = 180_000;

/**
 * The browser's noise suppression changes a voice, and its fake microphone stumbles and drifts by a quarter of a millisecond each second: a
 * piece of two seconds resembled its source by 0.54 to 0.78 only, one of a second by 0.68 to 0.85, other voices by 0.31 at most.
 */
const NEEDLE_MS = 1_000;
/** Needles begin here in every speech: past the first breath. */
const NEEDLE_STARTS_MS = [500, 1_500, 2_500, 3_500, 4_500, 5_500, 6_500];

/** Records what a ward's loudspeaker plays from now on. */
export interface Ear {
  /** What it played since the ear was opened. Of nothing recorded no level is known: it is NaN, and in no comparison silent. */
  heard(): { sound: Sound; lengthMs: number; levelDbfs: number; match(voice: Voice): Match };
  /** Begins anew: what was before does not count. */
  restart(): void;
}

export interface Presenter {
  readonly page: Page;
  readonly browser: Browser;
}

export interface Stage {
  readonly facts: SystemFacts;
  /** A browser whose microphone hears `voice`, over and over. */
  presenter(
    voice: Voice,
    options?: BrowserContextOptions,
    browserArgs?: readonly string[],
    chromium?: string,
  ): Promise<Presenter>;
  /** A page that shares nothing with the others of a browser but its microphone. */
  pageIn(browser: Browser, options?: BrowserContextOptions): Promise<Page>;
  ear(ward: string): Ear;
  api(path: string, body?: unknown): Promise<Response>;
  /** Stores a voice as a segment; answers its id. */
  store(voice: Voice, purpose: 'audio' | 'chime' | 'emergency', title?: string): Promise<string>;
  storeFile(path: string, purpose: 'audio' | 'chime' | 'emergency'): Promise<string>;
}

function openEar(dataDir: string, ward: string): Ear {
  const wav = join(dataDir, 'receivers', RECEIVER_OF[ward] ?? '', 'out.wav');
  if (!existsSync(wav)) throw new Error(`${wav} is not there: does the receiver run?`);
  let from = markOf(wav);
  return {
    restart: () => (from = markOf(wav)),
    heard() {
      const sound = readBetween(wav, from, markOf(wav));
      const lengthMs = lengthMsOf(sound);
      return {
        sound,
        lengthMs,
        levelDbfs: lengthMs < SHORTEST_HEARD_MS ? NaN : loudestDbfs(sound),
        match(voice) {
          const source = readSound(speechPath(voice));
          const matches = NEEDLE_STARTS_MS.map((start) => findSound(sound, cut(source, start, NEEDLE_MS)));
          return matches.reduce((best, match) => (match.correlation > best.correlation ? match : best));
        },
      };
    },
  };
}

/** Silence is what a loudspeaker recorded meanwhile, not a recording that stands still. */
export function expectRecordedSilence(ear: Ear, atLeastMs = NEEDLE_MS): void {
  const { lengthMs, levelDbfs } = ear.heard();
  expect(lengthMs).toBeGreaterThanOrEqual(atLeastMs);
  expect(levelDbfs).toBeLessThan(SILENCE_DBFS);
}

async function storeSegment(facts: SystemFacts, path: string, purpose: string, title: string): Promise<string> {
  const headers = { authorization: `Bearer ${facts.token}` };
  const form = new FormData();
  form.set('title', title);
  form.set('purpose', purpose);
  form.set('file', new Blob([new Uint8Array(readFileSync(path))]), basename(path));
  const posted = await fetch(`${facts.doorUrl}/api/v1/segments`, { method: 'POST', headers, body: form });
  const { segmentId } = (await posted.json()) as { segmentId: string };
  await expect
    .poll(async () => {
      const answer = await fetch(`${facts.doorUrl}/api/v1/segments/${segmentId}`);
      return ((await answer.json()) as { status: string }).status;
    })
    .toBe('ready');
  return segmentId;
}

/** Each of Playwright's workers has a system of its own; each test gets it with nothing on air, and leaves no browser behind. */
export const test = base.extend<{ stage: Stage }, { facts: SystemFacts }>({
  facts: [
    async ({}, use) => {
      const { facts, stop } = await startSystem();
      await use(facts);
      await stop();
    },
    { scope: 'worker', timeout: SYSTEM_TIMEOUT_MS },
  ],
  stage: async ({ facts }, use) => {
    const browsers: Browser[] = [];
    const api = (path: string, body?: unknown) =>
      fetch(`${facts.doorUrl}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${facts.token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    const pageIn = async (browser: Browser, options?: BrowserContextOptions): Promise<Page> => {
      const context = await browser.newContext({ ...STUDIO_CONTEXT, baseURL: facts.studioUrl, ...options });
      return context.newPage();
    };
    await use({
      facts,
      api,
      pageIn,
      store: (voice, purpose, title = `Bản tin ${voice}`) => storeSegment(facts, speechPath(voice), purpose, title),
      storeFile: (path, purpose) => storeSegment(facts, path, purpose, basename(path)),
      ear: (ward) => openEar(facts.dataDir, ward),
      async presenter(voice, options, browserArgs, chromium) {
        const browser = await launchBrowser(speechPath(voice), browserArgs, chromium);
        browsers.push(browser);
        return { browser, page: await pageIn(browser, options) };
      },
    });
    for (const browser of browsers) await browser.close();
    const live = (await (await api('/api/v1/broadcasts')).json()) as { broadcasts: Array<{ broadcastId: string }> };
    for (const { broadcastId } of live.broadcasts) await api(`/api/v1/broadcasts/${broadcastId}/stop`, {});
  },
});

export { expect };

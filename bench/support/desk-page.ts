import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { launchBrowser, STUDIO_CONTEXT } from '../../e2e/support/browser.ts';
import { deskOf } from '../../e2e/support/desk.ts';
import { TEST_ID } from '../../studio/src/lib/ui/test-ids.ts';
import type { BenchStack } from './bench-stack.ts';
import { progress, sleep } from './figures.ts';
import { readPageClock } from './page-clock.ts';
import { endProcess } from './processes.ts';
import { toneWav } from './stored-speech.ts';

/** The real desk of the built studio in a real browser, whose microphone hears sound without a pause. */
export interface DeskPage {
  /** Presses the button; answers when it went down, in this process's time (ms), and how wrong that may be. */
  press(): Promise<{ readonly atMs: number; readonly errorMs: number }>;
  /** Presses "stop". */
  stop(): Promise<void>;
  /** The source that its microphone feeds. */
  sourceId(): Promise<string>;
  close(): Promise<void>;
}

const ROOT = resolve(import.meta.dirname, '..', '..');
const READY_TIMEOUT_MS = 30_000;

declare global {
  interface Window {
    /** When the button went down last, ms since the epoch on the page's clock. */
    pressedAtMs?: number;
  }
}

export const deskOrigin = (port: number): string => `http://localhost:${port}`;

async function startStudio(stack: BenchStack, port: number): Promise<() => Promise<void>> {
  const env = { ...process.env, HOST: '127.0.0.1', PORT: String(port), STUDIO_DOOR_URL: stack.url };
  const child = spawn(process.execPath, [join(ROOT, 'studio/build/index.js')], {
    env: { ...env, LOA_DATA_DIR: stack.dataDir },
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  });
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!(await fetch(`http://127.0.0.1:${port}/`).catch(() => null))?.ok) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error('the studio does not answer');
    await sleep(100);
  }
  return () => endProcess(child);
}

/** Opens the desk with a zone chosen and the microphone connected: all that is missing is the press. */
export async function openDeskPage(stack: BenchStack, port: number, zoneCode: string): Promise<DeskPage> {
  progress('opening the desk …');
  const voice = join(stack.dataDir, 'voice.wav');
  writeFileSync(voice, toneWav(20, 300));
  const endStudio = await startStudio(stack, port);
  const browser = await launchBrowser(voice);
  const context = await browser.newContext({ ...STUDIO_CONTEXT, baseURL: deskOrigin(port) });
  const page = await context.newPage();
  await page.addInitScript((testId) => {
    // Before any handler of the page; the instant is that of the input event, not that of its handling.
    const note = (event: PointerEvent) => {
      if (!(event.target as Element).closest(`[data-testid="${testId}"]`)) return;
      window.pressedAtMs = performance.timeOrigin + event.timeStamp;
    };
    window.addEventListener('pointerdown', note, { capture: true });
  }, TEST_ID.goLive);
  const desk = deskOf(page);
  await desk.open();
  await page.getByTestId(TEST_ID.zone(zoneCode)).click();
  await page.getByTestId(TEST_ID.chimeSelect).selectOption('none');
  await desk.readyMicrophone();

  return {
    async press() {
      const { offsetMs, errorMs } = await readPageClock(page);
      await page.evaluate(() => delete window.pressedAtMs);
      await desk.press();
      const there = await page.evaluate(() => window.pressedAtMs);
      if (there === undefined) throw new Error('the press did not reach the button');
      return { atMs: there - offsetMs, errorMs };
    },
    stop: () => desk.stop(),
    async sourceId() {
      const answer = await stack.api('/api/v1/sources');
      const { sources } = (await answer.json()) as { sources: Array<{ sourceId: string; connected: boolean }> };
      const source = sources.find(({ connected }) => connected);
      if (!source) throw new Error('the desk has no source');
      return source.sourceId;
    },
    async close() {
      await browser.close();
      await endStudio();
    },
  };
}

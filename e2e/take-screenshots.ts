// The pictures of the README, taken of the running system with a voice on air: `npm run setup`, then
// `MEDIASOUP_WORKER_BIN=<the worker that it names> node e2e/take-screenshots.ts`.
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { launchBrowser, STUDIO_CONTEXT } from './support/browser.ts';
import { deskOf } from './support/desk.ts';
import { makeSpeech, speechPath } from './support/speech.ts';
import { startSystem } from './support/system.ts';

const OUT = resolve(import.meta.dirname, '..', 'docs', 'images');
const WARDS = [
  { search: 'phường 1', code: '26506' },
  { search: 'phường 2', code: '26509' },
];

mkdirSync(OUT, { recursive: true });
const { facts, stop } = await startSystem();
makeSpeech();
const browser = await launchBrowser(speechPath('presenter'));
try {
  const context = await browser.newContext({
    ...STUDIO_CONTEXT,
    baseURL: facts.studioUrl,
    viewport: { width: 1280, height: 800 },
  });
  const page = await context.newPage();
  const desk = deskOf(page);
  await desk.open();
  await desk.choose(...WARDS);
  await desk.title('Thông báo tạm ngừng cấp nước');
  await desk.readyMicrophone();
  await page.waitForTimeout(2_500);
  await page.screenshot({ path: join(OUT, 'desk.png') });
  await desk.press();
  await desk.light('on-air');
  await desk.tally(2);
  await page.waitForTimeout(2_500);
  await page.screenshot({ path: join(OUT, 'on-air.png') });
  await desk.stop();
} finally {
  await browser.close();
  await stop();
}

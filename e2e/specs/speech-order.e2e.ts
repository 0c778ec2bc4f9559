import { deskOf } from '../support/desk.ts';
import { endEmergency, holdToActivate, readyToSpeakToAll } from '../support/emergency.ts';
import { cut, findSound, readSound, type Sound } from '../support/sound.ts';
import { speechPath, type Voice } from '../support/speech.ts';
import { expect, expectRecordedSilence, HEARD, NOT_HEARD, SILENCE_DBFS, test, WARD } from '../support/stage.ts';
import { levels, makeTone, READING_MS, TONE_HZ, toneLevels } from '../support/tones.ts';
import { TEST_ID } from '../../studio/src/lib/ui/test-ids.ts';

const PHUONG_1 = { search: 'phuong 1', code: WARD.phuong1 };
/** The notes of the studio's chimes in their order, Hz, and how long nobody may speak over them, ms. */
const THREE_TONES = { notes: [587.33, 739.99, 880], lengthMs: 2_400 };
const ATTENTION = { notes: [770, 960], lengthMs: 4_000 };
const STORED_CHIME = { notes: [TONE_HZ.high], lengthMs: 3_000 };
/** A slow line to the library. */
const FETCH_MS = 1_000;
/** A note is there when its own frequency is this loud, and nearly all that sounds: a voice has such tones too. */
const NOTE_DBFS = -40;
const PURE_DB = 2;
/** The microphone is shut at the press; what is on its way from page to server then can still be heard. */
const UNDER_WAY_MS = 120;
const NEEDLE_MS = 2_000;
const NEEDLE_STARTS_MS = [500, 2_500, 4_500];

/** What was heard begins with the notes, one after the other: nothing of the voice comes before or between. */
function expectChimeFirst(sound: Sound, chime: typeof ATTENTION, voice: Voice): void {
  const readings = levels(sound);
  const isNote = (level: number, n: number) => level > NOTE_DBFS && level > (readings[n] ?? 0) - PURE_DB;
  const begins = chime.notes.map((hz) => toneLevels(sound, hz).findIndex(isNote) * READING_MS);
  expect(begins).toEqual([...begins].sort((a, b) => a - b));
  const startMs = begins[0] ?? -1;
  expect(startMs).toBeGreaterThan(0);
  const before = readings.slice(0, startMs / READING_MS - 1);
  const early = before.filter((level) => level > SILENCE_DBFS).length * READING_MS;
  expect(early).toBeLessThanOrEqual(UNDER_WAY_MS);
  const source = readSound(speechPath(voice));
  const under = cut(sound, startMs, chime.lengthMs);
  const likeness = NEEDLE_STARTS_MS.map((at) => findSound(under, cut(source, at, NEEDLE_MS)).correlation);
  expect(Math.max(...likeness)).toBeLessThan(NOT_HEARD);
}

test('the chime is heard before the voice, whole, and nothing of the voice before it', async ({ stage }) => {
  const { page } = await stage.presenter('presenter');
  const desk = deskOf(page);
  await desk.open();
  await desk.choose(PHUONG_1);
  await desk.readyMicrophone();
  await page.getByTestId(TEST_ID.chimeSelect).selectOption('three');
  const ear = stage.ear(WARD.phuong1);
  await desk.press();
  await desk.light('on-air');
  await expect.poll(() => ear.heard().match('presenter').correlation, { timeout: 30_000 }).toBeGreaterThan(HEARD);
  expectChimeFirst(ear.heard().sound, THREE_TONES, 'presenter');
  await desk.stop();
  await desk.light('ended');
});

test('a chime of the library is heard before the voice, though it has to be fetched first', async ({ stage }) => {
  const path = makeTone(stage.facts.dataDir, TONE_HZ.high, STORED_CHIME.lengthMs / 1_000);
  const chime = await stage.storeFile(path, 'chime');
  const { page } = await stage.presenter('presenter');
  await page.route(`**/segments/${chime}/audio`, async (route) => {
    await page.waitForTimeout(FETCH_MS);
    await route.continue();
  });
  const desk = deskOf(page);
  await desk.open();
  await desk.choose(PHUONG_1);
  await desk.readyMicrophone();
  await page.getByTestId(TEST_ID.chimeSelect).selectOption(chime);
  const ear = stage.ear(WARD.phuong1);
  await desk.press();
  await expect.poll(() => ear.heard().match('presenter').correlation, { timeout: 30_000 }).toBeGreaterThan(HEARD);
  expectChimeFirst(ear.heard().sound, STORED_CHIME, 'presenter');
});

test('an operator speaks to all from the emergency page: signal, then voice, in every ward; the voice below comes back', async ({
  stage,
}) => {
  test.slow();
  const { page } = await stage.presenter('presenter');
  const desk = deskOf(page);
  await desk.open();
  await desk.choose(PHUONG_1);
  await desk.readyMicrophone();
  await desk.press();
  await desk.light('on-air');
  const [taken, second, third] = [stage.ear(WARD.phuong1), stage.ear(WARD.phuong2), stage.ear(WARD.thangTam)];
  await expect.poll(() => taken.heard().match('presenter').correlation, { timeout: 30_000 }).toBeGreaterThan(HEARD);

  const operator = await stage.presenter('colleague');
  await readyToSpeakToAll(operator.page);
  for (const ear of [second, third]) ear.restart();
  await holdToActivate(operator.page);
  await desk.light('interrupted');
  await expect(operator.page.getByTestId(TEST_ID.onAirLight)).toHaveAttribute('data-state', 'on-air');
  for (const ear of [second, third]) {
    await expect.poll(() => ear.heard().match('colleague').correlation, { timeout: 30_000 }).toBeGreaterThan(HEARD);
    expectChimeFirst(ear.heard().sound, ATTENTION, 'colleague');
  }
  taken.restart();
  await expect.poll(() => taken.heard().match('colleague').correlation, { timeout: 30_000 }).toBeGreaterThan(HEARD);
  expect(taken.heard().match('presenter').correlation).toBeLessThan(NOT_HEARD);

  await endEmergency(operator.page);
  await desk.light('on-air');
  for (const ear of [taken, third]) ear.restart();
  await expect.poll(() => taken.heard().match('presenter').correlation, { timeout: 30_000 }).toBeGreaterThan(HEARD);
  expectRecordedSilence(third);
});

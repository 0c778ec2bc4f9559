import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeTone } from '../../sfu/test/support/audio-files.ts';
import { createRig, type Rig } from '../../sfu/test/support/rig.ts';
import { outcomeOf, uploadSegment } from '../../sfu/test/support/segment-upload.ts';
import { type SfuStack, startSfuStack } from '../../sfu/test/support/sfu-stack.ts';
import { startSite } from './support/site.ts';
import { readWav, toneAmplitudes } from './support/sound.ts';
import { waitFor } from './support/wait-for.ts';

/** What the loudspeaker itself plays while an emergency takes a ward and gives it back. */

/** Both have whole periods in a window of 10 ms. */
const [LOW_HZ, HIGH_HZ] = [400, 1_000];
const WINDOW = 480;
/** The tones have an amplitude of about a tenth; a fade of 5 ms is within one window. */
const AUDIBLE = 0.02;

let sfu: SfuStack;
let rig: Rig;

beforeAll(async () => {
  sfu = await startSfuStack({ separate: true });
  rig = createRig(sfu);
});
afterAll(async () => {
  await rig.reset();
  await sfu.close();
});

it('PO10: from its first sample on the emergency is heard alone; after its end the programme is back by itself', async () => {
  const tone = async (hz: number) => {
    const path = await makeTone(join(sfu.dataDir, `tone-${hz}.wav`), 60, hz);
    const { segmentId, durationMs } = await outcomeOf(sfu, await uploadSegment(sfu, path));
    return { kind: 'segment', segmentId, durationMs };
  };
  const [low, high] = [await tone(LOW_HZ), await tone(HIGH_HZ)];
  const { receiver, times, wavPath } = await startSite(sfu, sfu.zoneByCode('77.26506.L.0001').code);
  await waitFor(() => times('joined') < 1 && 'the path');
  const ranks = () => receiver.engine.sounding().map(({ rank }) => rank);
  const idOf = async (answer: Response) => ((await answer.json()) as { broadcastId: string }).broadcastId;

  const programme = await idOf(await rig.start(low, ['26506']));
  await waitFor(() => ranks().length === 0 && 'the programme');
  const [rank = 0] = ranks();
  const emergency = await idOf(await rig.start(high, ['747'], { level: 3 }));
  await waitFor(() => !(ranks().length === 1 && (ranks()[0] ?? 0) > rank) && 'the emergency');
  const packets = receiver.engine.stats().packets;
  await waitFor(() => receiver.engine.stats().packets < packets + 100 && 'two seconds of it');
  await rig.stop(emergency);
  await waitFor(() => ranks()[0] !== rank && 'the programme again');
  const after = receiver.engine.stats().packets;
  await waitFor(() => receiver.engine.stats().packets < after + 50 && 'a second of it');
  await rig.stop(programme);
  await receiver.close();

  const sound = readWav(wavPath);
  const isLow = toneAmplitudes(sound, LOW_HZ, WINDOW).map((amplitude) => amplitude > AUDIBLE);
  const isHigh = toneAmplitudes(sound, HIGH_HZ, WINDOW).map((amplitude) => amplitude > AUDIBLE);
  const [first, last] = [isHigh.indexOf(true), isHigh.lastIndexOf(true)];
  expect(last - first).toBeGreaterThan(150);
  // The windows of the two fades have both.
  expect(isLow.slice(first + 2, last - 1)).not.toContain(true);
  expect(isHigh.slice(first, last + 1)).not.toContain(false);
  expect(isLow.slice(0, first).filter(Boolean).length).toBeGreaterThan(10);
  expect(isLow.slice(last + 2).filter(Boolean).length).toBeGreaterThan(25);
});

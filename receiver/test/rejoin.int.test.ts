import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTone } from '../../sfu/test/support/audio-files.ts';
import { createRig, type Rig } from '../../sfu/test/support/rig.ts';
import { outcomeOf, uploadSegment } from '../../sfu/test/support/segment-upload.ts';
import { type SfuStack, startSfuStack } from '../../sfu/test/support/sfu-stack.ts';
import { startSite } from './support/site.ts';
import { audibleWindows, readWav } from './support/sound.ts';
import { waitFor } from './support/wait-for.ts';

/** Two periods of the tone: a hole of this length is seen, 5 ms. */
const WINDOW = 240;

let sfu: SfuStack;
let rig: Rig;

beforeAll(async () => {
  // The sound must not stand still while this process shakes hands: pump and programme are in other processes.
  sfu = await startSfuStack({ separate: true });
  rig = createRig(sfu);
});
afterAll(async () => {
  await rig.reset();
  await sfu.close();
});

const clusterOf = (wardCode: string) => sfu.zoneByCode(`77.${wardCode}.L.0001`);

describe('a receiver that the server moves while the voice is on air', () => {
  it('PO22, PO3: joins the new path first, and of what both paths carry not a sample is lost', async () => {
    const { receiver, times, wavPath } = await startSite(sfu, clusterOf('26506').code, {
      RECEIVER_ID: 'moved-receiver',
    });
    const tone = await outcomeOf(sfu, await uploadSegment(sfu, await makeTone(join(sfu.dataDir, 'tone.wav'), 60)));
    await waitFor(() => times('joined') < 1 && 'the first path');
    const source = { kind: 'segment', segmentId: tone.segmentId, durationMs: tone.durationMs };
    const started = await rig.start(source, ['747']);
    const { broadcastId } = (await started.json()) as { broadcastId: string };
    const heard = (): number => receiver.engine.stats().packets;
    await waitFor(() => receiver.engine.sounding().length === 0 && 'the voice');

    expect(
      (await sfu.call('PATCH', '/api/v1/receivers/moved-receiver', { zoneId: clusterOf('26509').id })).status,
    ).toBe(200);
    await waitFor(() => times('joined') < 2 && 'the second path');
    await waitFor(() => times('left the old path') < 1 && 'the end of the first path');
    const before = heard();
    await waitFor(() => heard() < before + 60 && `the voice over the new path, ${heard() - before} packets so far`);
    expect(receiver.engine.stats()).toMatchObject({ lostPackets: 0, concealedMs: 0 });
    expect(receiver.engine.sounding()).toMatchObject([{ role: 'main' }]);

    await rig.stop(broadcastId);
    await waitFor(() => receiver.engine.sounding().length > 0 && 'silence after the end');
    await receiver.close();
    const sound = readWav(wavPath);
    const audible = audibleWindows(sound, WINDOW);
    const first = audible.indexOf(true);
    const last = audible.lastIndexOf(true);
    expect((last - first) * WINDOW).toBeGreaterThan(48_000);
    expect(audible.slice(first, last)).not.toContain(false);
  });
});

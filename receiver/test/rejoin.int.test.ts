import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publish } from '../../sfu/test/support/foreign-client.ts';
import { createRig, type Rig } from '../../sfu/test/support/rig.ts';
import { type SfuStack, startSfuStack } from '../../sfu/test/support/sfu-stack.ts';
import { readReceiverConfig } from '../src/config.ts';
import { loadOpusWasm } from '../src/player/opus-wasm.ts';
import { startReceiver } from '../src/receiver.ts';
import { createOpusEncoder, toFrames } from './support/opus-encoder.ts';
import { peakOf, readWav } from './support/sound.ts';
import { waitFor } from './support/wait-for.ts';

/** Two periods of the tone: a hole of this length is seen, 5 ms. */
const WINDOW = 240;
const TONE_HZ = 400;
/** The tone's own peak is a quarter of full scale, and volume makes it softer. */
const AUDIBLE_PEAK = 0.02;
/** Enough that neither a busy machine nor the move is late. */
const DELAY_MS = '500';

let sfu: SfuStack;
let rig: Rig;

beforeAll(async () => {
  sfu = await startSfuStack();
  rig = createRig(sfu);
});
afterAll(async () => {
  await rig.reset();
  await sfu.close();
});

/** A second of a steady tone in packets that can be repeated without a seam. */
async function tonePackets(): Promise<Buffer[]> {
  const encode = createOpusEncoder(await loadOpusWasm());
  const tone = Int16Array.from({ length: 48_000 }, (_, n) => 8_000 * Math.sin((2 * Math.PI * TONE_HZ * n) / 48_000));
  return toFrames(tone).map((frame) => Buffer.from(encode(frame)));
}

/** A receiver whose log can be asked, at the first cluster of Phường 1. */
async function startSite() {
  const folder = mkdtempSync(join(tmpdir(), 'loa-rejoin-'));
  const wavPath = join(folder, 'out.wav');
  const said: string[] = [];
  const config = readReceiverConfig({
    RECEIVER_ID: 'moved-receiver',
    RECEIVER_ZONE: clusterOf('26506').code,
    RECEIVER_TOKEN: sfu.token,
    RECEIVER_DOOR_URL: sfu.url,
    RECEIVER_SINK: 'wav',
    RECEIVER_WAV_PATH: wavPath,
    RECEIVER_DATA_DIR: folder,
    RECEIVER_DELAY_MS: DELAY_MS,
  });
  const log = pino({}, { write: (line: string) => void said.push((JSON.parse(line) as { msg: string }).msg) });
  const receiver = await startReceiver(config, log);
  const times = (message: string): number => said.filter((one) => one === message).length;
  return { wavPath, receiver, times };
}

const clusterOf = (wardCode: string) => sfu.zoneByCode(`77.${wardCode}.L.0001`);

function move(receiverId: string, zoneId: string): Promise<Response> {
  return fetch(`${sfu.url}/api/v1/receivers/${receiverId}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${sfu.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ zoneId }),
  });
}

describe('a receiver that the server moves while the voice is on air', () => {
  it('PO22, PO3: joins the new path first, and of what both paths carry not a sample is lost', async () => {
    const { receiver, times, wavPath } = await startSite();
    const packets = await tonePackets();
    const voice = rig.keep(await publish(sfu.url, sfu.token));
    voice.play((n) => packets[n % packets.length] ?? Buffer.alloc(0));
    await waitFor(() => times('joined') < 1 && 'the first path');
    const { broadcastId } = await rig.startLive(voice, ['747']);
    const heard = (): number => receiver.engine.stats().packets;
    await waitFor(() => receiver.engine.sounding().length === 0 && 'the voice');

    expect((await move('moved-receiver', clusterOf('26509').id)).status).toBe(200);
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
    const peaks = Array.from({ length: Math.floor(sound.length / WINDOW) }, (_, n) =>
      peakOf(sound.subarray(n * WINDOW, (n + 1) * WINDOW)),
    );
    const first = peaks.findIndex((peak) => peak > AUDIBLE_PEAK);
    const last = peaks.findLastIndex((peak) => peak > AUDIBLE_PEAK);
    expect((last - first) * WINDOW).toBeGreaterThan(48_000);
    expect(peaks.slice(first, last).filter((peak) => peak <= AUDIBLE_PEAK)).toEqual([]);
  });
});

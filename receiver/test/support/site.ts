import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { readReceiverConfig } from '../../src/config.ts';
import { loadOpusWasm } from '../../src/player/opus-wasm.ts';
import { startReceiver, type Receiver } from '../../src/receiver.ts';
import { createOpusEncoder, toFrames } from './opus-encoder.ts';

const TONE_HZ = 400;
/** Enough that neither a busy machine nor a move is late. */
const DELAY_MS = '500';

/** A receiver whose log can be asked. */
export interface Site {
  /** Where it keeps what it knows. */
  readonly folder: string;
  readonly wavPath: string;
  readonly receiver: Receiver;
  /** What it has said, in its order. */
  readonly said: readonly string[];
  times(message: string): number;
}

export async function startSite(
  door: { readonly url: string; readonly token: string },
  zone: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'loa-site-'));
  const wavPath = join(folder, 'out.wav');
  const said: string[] = [];
  const config = readReceiverConfig({
    RECEIVER_ZONE: zone,
    RECEIVER_TOKEN: door.token,
    RECEIVER_DOOR_URL: door.url,
    RECEIVER_SINK: 'wav',
    RECEIVER_WAV_PATH: wavPath,
    RECEIVER_DATA_DIR: folder,
    RECEIVER_DELAY_MS: DELAY_MS,
    ...settings,
  });
  const log = pino({}, { write: (line: string) => void said.push((JSON.parse(line) as { msg: string }).msg) });
  const receiver = await startReceiver(config, log);
  return { folder, wavPath, receiver, said, times: (message) => said.filter((one) => one === message).length };
}

/** A second of a steady tone in packets that can be repeated without a seam; its peak is a quarter of full scale. */
export async function tonePackets(): Promise<Buffer[]> {
  const encode = createOpusEncoder(await loadOpusWasm());
  const tone = Int16Array.from({ length: 48_000 }, (_, n) => 8_000 * Math.sin((2 * Math.PI * TONE_HZ * n) / 48_000));
  return toFrames(tone).map((frame) => Buffer.from(encode(frame)));
}

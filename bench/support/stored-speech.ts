import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SegmentView } from '@loa/shared/protocol/live';
import type { BenchStack } from './bench-stack.ts';

const RATE_HZ = 48_000;

/**
 * A mono 16-bit WAV of `seconds` of a tone. It beeps unless it is to be steady, so that it is known among other sounds and never silence
 * for long.
 */
export function toneWav(seconds: number, frequencyHz: number, { steady = false } = {}): Buffer {
  const samples = Math.round(seconds * RATE_HZ);
  const wav = Buffer.alloc(44 + samples * 2);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + samples * 2, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(RATE_HZ, 24);
  wav.writeUInt32LE(RATE_HZ * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(samples * 2, 40);
  for (let i = 0; i < samples; i++) {
    const loud = steady || Math.floor(i / (RATE_HZ / 5)) % 2 === 0 ? 0.4 : 0.1;
    wav.writeInt16LE(Math.round(Math.sin((2 * Math.PI * frequencyHz * i) / RATE_HZ) * loud * 32_767), 44 + i * 2);
  }
  return wav;
}

/** Uploads sound as a segment and waits until it can be played. */
export async function uploadSegment(stack: BenchStack, wav: Buffer, title: string): Promise<SegmentView> {
  const form = new FormData();
  form.set('title', title);
  form.set('file', new Blob([new Uint8Array(wav)]), `${title}.wav`);
  const headers = { authorization: `Bearer ${stack.token}` };
  const response = await fetch(`${stack.url}/api/v1/segments`, { method: 'POST', headers, body: form });
  let view = (await response.json()) as SegmentView;
  while (view.status === 'processing') {
    await sleep(100);
    view = (await (await stack.api(`/api/v1/segments/${view.segmentId}`)).json()) as SegmentView;
  }
  if (view.status !== 'ready') throw new Error(`segment ${title}: ${view.error}`);
  return view;
}

export interface StartOptions {
  readonly title: string;
  readonly source: object;
  readonly zones: readonly string[];
  readonly level?: number;
  /** It takes the place of what is below it unless said otherwise. */
  readonly mode?: 'replace' | 'overlay';
  readonly maxLifeMs?: number;
}

export function startRequest({ title, source, zones, level = 1, mode = 'replace', maxLifeMs }: StartOptions): object {
  const rest = { authority: 1, mode, wait: false, ...(maxLifeMs ? { maxLifeMs } : {}) };
  return { id: randomUUID(), key: randomUUID(), title, source, zones, level, ...rest };
}

/** Starts a broadcast by the HTTP API; throws when it is refused. */
export async function startBroadcast(
  stack: BenchStack,
  options: StartOptions,
): Promise<{ broadcastId: string; tag: number; startedAt: number }> {
  const response = await stack.api('/api/v1/broadcasts', startRequest(options));
  if (response.status !== 201) throw new Error(`start: ${response.status} ${await response.text()}`);
  return (await response.json()) as { broadcastId: string; tag: number; startedAt: number };
}

export async function stopBroadcast(stack: BenchStack, broadcastId: string): Promise<void> {
  await stack.api(`/api/v1/broadcasts/${broadcastId}/stop`, {});
}

import { createMusicEncoder, FRAME_SAMPLES, toFrames } from '../../receiver/test/support/opus-encoder.ts';
import { loadOpusWasm } from '../../receiver/src/player/opus-wasm.ts';
import { publish } from '../../sfu/test/support/foreign-client.ts';
import type { BenchStack } from './bench-stack.ts';
import { type ChirpSignal, RATE_HZ } from '../../receiver/test/support/chirps.ts';
import { monotonicNow } from '../../receiver/test/support/sound-room.ts';

const FRAME_MS = (FRAME_SAMPLES * 1_000) / RATE_HZ;

/** A live source that says chirps over WHIP. */
export interface ChirpSource {
  readonly sourceId: string;
  /** When this sample of the signal left, in ms of `monotonicNow`: its frame was handed over when the frame's first one left. */
  leftAtMs(sample: number): number;
  close(): Promise<void>;
}

export async function openChirpSource(stack: BenchStack, signal: ChirpSignal): Promise<ChirpSource> {
  const encode = createMusicEncoder(await loadOpusWasm());
  const frames = toFrames(signal.samples);
  const source = await publish(stack.url, stack.token);
  // A frame may be sent late but never early: the quickest one says when all of them were due.
  let startMs = Number.POSITIVE_INFINITY;
  const silence = new Int16Array(FRAME_SAMPLES);
  source.play((n) => {
    const payload = Buffer.from(encode(frames[n] ?? silence));
    startMs = Math.min(startMs, monotonicNow() - n * FRAME_MS);
    return payload;
  });
  return {
    sourceId: source.sourceId,
    leftAtMs: (sample) => startMs + (sample * 1_000) / RATE_HZ,
    close: () => source.close(),
  };
}

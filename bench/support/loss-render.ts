import { FRAME_MS } from '@loa/shared/protocol/limits';
import type { CreateVoiceDecoder } from '@loa/shared/playout/decoder';
import { PlayoutEngine } from '@loa/shared/playout/playout-engine';
import { SAMPLES_PER_MS } from '@loa/shared/playout/stamp-sample';
import { toTimestamp } from '@loa/shared/timing/rtp-timeline';
import { countDecoding, type DecodedSamples } from '../../shared/test/support/counting-decoder.ts';
import type { CarriedPacket } from './lossy-link.ts';

/** Server time in ms at which it is played; any does. */
const START_MS = 1_700_000_000_000;
const BLOCK_MS = 10;
const LABEL = { rank: 76, overlay: false, tag: 1 };

export interface LossRender {
  /** From the first sample that was sent to the last one, all of them, whatever became of them. */
  readonly sound: Float32Array;
  readonly samples: DecodedSamples;
  /** Delay that the engine added by itself (PO16), in ms: then nothing is where it belongs. */
  readonly extraDelayMs: number;
}

/**
 * What the playout engine and the real decoder make of packets that came so, on a virtual clock. `fec`: whether the redundancy
 * in packets is used.
 */
export function renderPackets(
  payloads: readonly Uint8Array[],
  carried: readonly CarriedPacket[],
  { create, fec, delayMs }: { create: CreateVoiceDecoder; fec: boolean; delayMs: number },
): LossRender {
  const { createDecoder, samples } = countDecoding(create, { fec });
  const settings = { playoutDelayMs: delayMs, volume: 100, emergencyVolume: 100, muted: false };
  const engine = new PlayoutEngine<string>(createDecoder, settings);
  const totalMs = payloads.length * FRAME_MS;
  const sound = new Float32Array(totalMs * SAMPLES_PER_MS);
  let next = 0;
  for (let nowMs = 0; nowMs < totalMs + delayMs; nowMs += BLOCK_MS) {
    for (; (carried[next]?.arrivalMs ?? Number.POSITIVE_INFINITY) <= nowMs; next += 1) {
      const { index = 0, arrivalMs = 0 } = carried[next] ?? {};
      const packet = {
        bus: 'bus',
        sequence: index & 0xffff,
        timestamp: toTimestamp(START_MS + index * FRAME_MS),
        label: LABEL,
        marker: false,
        payload: payloads[index] ?? new Uint8Array(0),
      };
      engine.push(packet, START_MS + arrivalMs);
    }
    const block = engine.renderBlock(START_MS + nowMs, BLOCK_MS * SAMPLES_PER_MS);
    const at = (nowMs - delayMs) * SAMPLES_PER_MS;
    if (at >= 0) sound.set(block.samples.subarray(0, sound.length - at), at);
  }
  const { extraDelayMs } = engine.stats();
  engine.close();
  return { sound, samples: { ...samples }, extraDelayMs };
}

import type { OpusWasm } from '@loa/shared/playout/opus-decoder';

const APPLICATION_VOIP = 2_048;
const APPLICATION_AUDIO = 2_049;
const SET_BITRATE = 4_002;
const SET_INBAND_FEC = 4_012;
const SET_PACKET_LOSS_PERCENT = 4_014;
const MAX_BYTES = 1_500;
export const FRAME_SAMPLES = 960;

/** Mono speech at 24 kb/s with in-band FEC, frame by frame of 20 ms, with the same libopus as the receiver's. */
export function createOpusEncoder(wasm: OpusWasm): (frame: Int16Array) => Uint8Array {
  return openEncoder(wasm, { application: APPLICATION_VOIP, bitsPerSecond: 24_000, fec: true });
}

/** Mono at 96 kb/s, by the half of the codec that keeps the shape of a sound: a marker is found again to the sample. */
export function createMusicEncoder(wasm: OpusWasm): (frame: Int16Array) => Uint8Array {
  return openEncoder(wasm, { application: APPLICATION_AUDIO, bitsPerSecond: 96_000, fec: false });
}

function openEncoder(
  wasm: OpusWasm,
  { application, bitsPerSecond, fec }: { application: number; bitsPerSecond: number; fec: boolean },
): (frame: Int16Array) => Uint8Array {
  const state = wasm.malloc(wasm.opus_encoder_get_size(1));
  const input = wasm.malloc(FRAME_SAMPLES * 2);
  const output = wasm.malloc(MAX_BYTES);
  if (wasm.opus_encoder_init(state, 48_000, 1, application) !== 0) throw new Error('no encoder');
  wasm.opus_encoder_ctl_set(state, SET_BITRATE, bitsPerSecond);
  wasm.opus_encoder_ctl_set(state, SET_INBAND_FEC, fec ? 1 : 0);
  wasm.opus_encoder_ctl_set(state, SET_PACKET_LOSS_PERCENT, fec ? 25 : 0);
  return (frame) => {
    new Int16Array(wasm.memory.buffer, input, FRAME_SAMPLES).set(frame);
    const bytes = wasm.opus_encode(state, input, FRAME_SAMPLES, output, MAX_BYTES);
    if (bytes <= 0) throw new Error(`encoder says ${bytes}`);
    return new Uint8Array(wasm.memory.buffer, output, bytes).slice();
  };
}

/** Splits a signal into frames of 20 ms; a rest shorter than that is left out. */
export function toFrames(signal: Int16Array): Int16Array[] {
  const frames: Int16Array[] = [];
  for (let at = 0; at + FRAME_SAMPLES <= signal.length; at += FRAME_SAMPLES) {
    frames.push(signal.subarray(at, at + FRAME_SAMPLES));
  }
  return frames;
}

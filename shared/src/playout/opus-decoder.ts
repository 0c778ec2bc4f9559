import { RTP_RATE_HZ } from '../protocol/limits.ts';
import type { CreateVoiceDecoder, VoiceDecoder } from './decoder.ts';
import { MAX_OPUS_BYTES } from '../protocol/opus-packet.ts';

/** The libopus calls that the WebAssembly build exports; pointers are offsets in `memory`. */
export interface OpusWasm {
  readonly memory: { readonly buffer: ArrayBuffer };
  _initialize(): void;
  malloc(bytes: number): number;
  free(pointer: number): void;
  opus_decoder_get_size(channels: number): number;
  opus_decoder_init(state: number, rate: number, channels: number): number;
  opus_decode(state: number, data: number, length: number, pcm: number, frameSize: number, fec: number): number;
  opus_encoder_get_size(channels: number): number;
  opus_encoder_init(state: number, rate: number, channels: number, application: number): number;
  opus_encode(state: number, pcm: number, frameSize: number, data: number, maxBytes: number): number;
  opus_encoder_ctl_set(state: number, request: number, value: number): number;
}

const nothing = (): void => undefined;

/** What the WebAssembly build imports and never needs. */
export const OPUS_WASM_IMPORTS = {
  wasi_snapshot_preview1: { fd_seek: nothing, fd_write: nothing, fd_close: nothing, proc_exit: nothing },
  env: { emscripten_notify_memory_growth: nothing },
} as const;

/** Makes the exports of a new instance ready for use. */
export function startOpusWasm(exports: unknown): OpusWasm {
  const wasm = exports as OpusWasm;
  wasm._initialize();
  return wasm;
}

/** Longest stretch that libopus decodes in one call: 120 ms. */
const MAX_FRAME_SAMPLES = (RTP_RATE_HZ * 120) / 1_000;
const BYTES_PER_SAMPLE = 2;
/** Loudspeakers are mono: libopus mixes stereo packets down while decoding. */
const CHANNELS = 1;

/** Decoders that share one WebAssembly instance, in Node and in a page alike; whoever loads it passes it in. */
export function createOpusDecoders(wasm: OpusWasm): CreateVoiceDecoder {
  return () => createOpusDecoder(wasm);
}

function createOpusDecoder(wasm: OpusWasm): VoiceDecoder {
  const state = allocate(wasm, wasm.opus_decoder_get_size(CHANNELS));
  const input = allocate(wasm, MAX_OPUS_BYTES);
  const output = allocate(wasm, MAX_FRAME_SAMPLES * BYTES_PER_SAMPLE);
  const started = wasm.opus_decoder_init(state, RTP_RATE_HZ, CHANNELS);
  if (started !== 0) throw new Error(`libopus refused to start a decoder: ${started}`);
  const samplesOut = new Float32Array(MAX_FRAME_SAMPLES);

  return {
    decode(payload, fec, samples) {
      const length = payload?.length ?? 0;
      // Views are made anew for each call, because the memory of the instance may have grown.
      if (payload) new Uint8Array(wasm.memory.buffer, input, MAX_OPUS_BYTES).set(payload);
      const wanted = Math.min(samples, MAX_FRAME_SAMPLES);
      // A packet says itself how long it is; recovered and invented sound is as long as it is asked for.
      const frame = payload && !fec ? MAX_FRAME_SAMPLES : wanted;
      const made = wasm.opus_decode(state, payload ? input : 0, length, output, frame, fec ? 1 : 0);
      const pcm = new Int16Array(wasm.memory.buffer, output, MAX_FRAME_SAMPLES);
      const result = samplesOut.subarray(0, wanted);
      for (let index = 0; index < wanted; index += 1) result[index] = index < made ? (pcm[index] ?? 0) / 32_768 : 0;
      return result;
    },
    close() {
      for (const pointer of [state, input, output]) wasm.free(pointer);
    },
  };
}

function allocate(wasm: OpusWasm, bytes: number): number {
  const pointer = wasm.malloc(bytes);
  if (pointer === 0) throw new Error(`no memory for ${bytes} bytes in the Opus instance`);
  return pointer;
}

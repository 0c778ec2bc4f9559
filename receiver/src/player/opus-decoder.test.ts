import { beforeAll, describe, expect, it } from 'vitest';
import { createOpusEncoder, toFrames } from '../../test/support/opus-encoder.ts';
import { makeSpeech } from '../../test/support/speech.ts';
import { createOpusDecoders, type OpusWasm } from '@loa/shared/playout/opus-decoder';
import { loadOpusWasm } from './opus-wasm.ts';

let wasm: OpusWasm;
let packets: Uint8Array[];

beforeAll(async () => {
  wasm = await loadOpusWasm();
  const encode = createOpusEncoder(wasm);
  packets = toFrames(makeSpeech()).map((frame) => encode(frame));
});

type Repair = 'none' | 'silence' | 'conceal' | 'recover';

/** Decodes everything; every fifth packet is lost and repaired in the given way. */
function decodeWithLoss(repair: Repair): Float32Array[] {
  const decoder = createOpusDecoders(wasm)(1);
  const isLost = (index: number): boolean => repair !== 'none' && index % 5 === 4;
  const frames = packets.map((packet, index) => {
    if (!isLost(index)) return decoder.decode(packet, false, 960).slice();
    if (repair === 'silence') return new Float32Array(960);
    const next = repair === 'recover' ? packets[index + 1] : undefined;
    return decoder.decode(next ?? null, next !== undefined, 960).slice();
  });
  decoder.close();
  return frames;
}

/** Signal to noise ratio in dB of a repaired line against the clean one. */
function snrDb(clean: Float32Array[], repaired: Float32Array[]): number {
  let signal = 0;
  let noise = 0;
  clean.forEach((frame, index) => {
    frame.forEach((value, at) => {
      signal += value * value;
      noise += (value - (repaired[index]?.[at] ?? 0)) ** 2;
    });
  });
  return 10 * Math.log10(signal / noise);
}

describe('Opus decoder', () => {
  it('PO5: recovers speech from the next packet better than it invents it, and invents better than silence', () => {
    const clean = decodeWithLoss('none');
    const [silence, conceal, recover] = (['silence', 'conceal', 'recover'] as const).map((repair) =>
      snrDb(clean, decodeWithLoss(repair)),
    ) as [number, number, number];
    expect(conceal).toBeGreaterThan(silence + 0.5);
    expect(recover).toBeGreaterThan(conceal + 3);
  });

  it('PO19: answers nonsense with silence of the expected length', () => {
    const decoder = createOpusDecoders(wasm)(1);
    const made = decoder.decode(new Uint8Array([0x7b, 0xff, 0xff]), false, 960);
    expect(made).toHaveLength(960);
    expect(made.every((value) => Number.isFinite(value))).toBe(true);
    decoder.close();
  });

  it('frees what it takes: a thousand broadcasts do not grow the memory', () => {
    const decoders = createOpusDecoders(wasm);
    decoders(1).close();
    const before = wasm.memory.buffer.byteLength;
    for (let tag = 1; tag <= 1_000; tag += 1) {
      const decoder = decoders(tag);
      decoder.decode(packets[tag % packets.length] ?? null, false, 960);
      decoder.close();
    }
    expect(wasm.memory.buffer.byteLength).toBe(before);
  });
});

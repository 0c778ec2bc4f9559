import { describe, expect, it } from 'vitest';
import { createOpusDecoders } from '@loa/shared/playout/opus-decoder';
import { loadOpusWasm } from '../../receiver/src/player/opus-wasm.ts';
import {
  createMusicEncoder,
  createOpusEncoder,
  FRAME_SAMPLES,
  toFrames,
} from '../../receiver/test/support/opus-encoder.ts';
import { countDecoding, hasRedundancy } from '../../shared/test/support/counting-decoder.ts';
import { makeMusic } from './music.ts';

const wasm = await loadOpusWasm();
/** A voice that is loud enough throughout for the encoder to repeat it. */
const tone = Int16Array.from({ length: FRAME_SAMPLES * 50 }, (_, n) => {
  const s = n / 48_000;
  return (
    9_000 * Math.sin(2 * Math.PI * 150 * s) * (1 + Math.sin(2 * Math.PI * 3 * s)) +
    2_000 * Math.sin(2 * Math.PI * 900 * s)
  );
});
const speech = toFrames(tone).map(createOpusEncoder(wasm));
const music = toFrames(makeMusic(1)).map(createMusicEncoder(wasm));

describe('redundancy', () => {
  it('is in packets of speech for which loss is expected, and in none of music', () => {
    expect(speech.slice(5).filter(hasRedundancy).length).toBeGreaterThan(20);
    expect(music.filter(hasRedundancy)).toEqual([]);
  });
});

describe('a decoder that counts', () => {
  it('tells apart decoded, recovered and invented samples', () => {
    const { createDecoder, samples } = countDecoding(createOpusDecoders(wasm), { fec: true });
    const decoder = createDecoder(1);
    const repeating = speech.findIndex((payload, n) => n > 5 && hasRedundancy(payload));
    decoder.decode(speech[repeating - 2] ?? null, false, 960);
    decoder.decode(speech[repeating] ?? null, true, 960);
    decoder.decode(speech[repeating] ?? null, false, 960);
    decoder.decode(null, false, 480);
    decoder.decode(music[3] ?? null, true, 240);
    expect(samples).toEqual({ decoded: 1_920, recovered: 960, invented: 720 });
    decoder.close();
  });

  it('without FEC invents what redundancy would tell', () => {
    const repeating = speech.findIndex((payload, n) => n > 5 && hasRedundancy(payload));
    const lastOf = (fec: boolean): number[] => {
      const { createDecoder, samples } = countDecoding(createOpusDecoders(wasm), { fec });
      const decoder = createDecoder(1);
      for (const payload of speech.slice(0, repeating - 1)) decoder.decode(payload, false, 960);
      const made = [...decoder.decode(speech[repeating] ?? null, true, 960)];
      expect(fec ? samples.recovered : samples.invented).toBe(960);
      decoder.close();
      return made;
    };
    expect(lastOf(false)).not.toEqual(lastOf(true));
  });
});

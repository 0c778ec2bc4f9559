import { describe, expect, it } from 'vitest';
import { createOpusDecoders } from '@loa/shared/playout/opus-decoder';
import { loadOpusWasm } from '../../receiver/src/player/opus-wasm.ts';
import { createMusicEncoder, toFrames } from '../../receiver/test/support/opus-encoder.ts';
import { findSound } from '../../receiver/test/support/sound.ts';
import { renderPackets } from './loss-render.ts';
import { randomLoss } from './loss-pattern.ts';
import { carryPackets } from './lossy-link.ts';
import { makeMusic } from './music.ts';

const wasm = await loadOpusWasm();
const music = makeMusic(8);
const payloads = toFrames(music).map(createMusicEncoder(wasm));
/** By so much the encoder looks ahead, in samples (6.5 ms). */
const LOOKAHEAD = 312;
const SETTINGS = { create: createOpusDecoders(wasm), fec: true, delayMs: 200 };
const render = (share: number, asksAgain: boolean) => {
  const link = { delayMs: 20, jitterMs: 10, loss: randomLoss(share, 4), asksAgain, seed: 3 };
  return renderPackets(payloads, carryPackets(payloads.length, link), SETTINGS);
};
const TOTAL = payloads.length * 960;

describe('a render of packets', () => {
  const clean = render(0, false);

  it('over a link without loss is all of the sound, in its place', () => {
    expect(clean.samples).toEqual({ decoded: TOTAL, recovered: 0, invented: 0 });
    expect(clean.extraDelayMs).toBe(0);
    const piece = Float32Array.from(music.subarray(100_000, 110_000), (value) => value / 32_768);
    const { at, correlation } = findSound(clean.sound, piece, 100_000 + LOOKAHEAD, 960);
    expect(Math.abs(at - 100_000 - LOOKAHEAD)).toBeLessThanOrEqual(2);
    expect(correlation).toBeGreaterThan(0.9);
    const atOnce = renderPackets(
      payloads,
      payloads.map((_, index) => ({ index, arrivalMs: index * 20 })),
      SETTINGS,
    );
    expect(clean.sound).toEqual(atOnce.sound);
  });

  it('of which some are lost differs, and less so where they are asked for again', () => {
    const differences = [render(0.1, false), render(0.1, true)].map(({ sound }) =>
      sound.reduce((sum, value, n) => sum + (value - (clean.sound[n] ?? 0)) ** 2, 0),
    );
    expect(differences[0]).toBeGreaterThan(0);
    expect(differences[1]).toBeLessThan((differences[0] ?? 0) / 4);
  });
});

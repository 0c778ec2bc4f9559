import { expect, it } from 'vitest';
import { createOpusDecoders } from '@loa/shared/playout/opus-decoder';
import { playTrace, tracePackets } from '../../../shared/test/support/playout-trace.ts';
import { END_PAYLOAD } from '@loa/shared/protocol/stand-in';
import { PlayoutEngine } from '@loa/shared/playout/playout-engine';
import { createMusicEncoder, toFrames } from '../../test/support/opus-encoder.ts';
import { loadOpusWasm } from './opus-wasm.ts';

const AMPLITUDE = 0.25;
const TONE_HZ = 440;
const UNTIL_MS = 400;

it.each([0, 3])(
  'PO113: a broadcast that is stopped in the middle of a tone ends without a click (%d END frames lost)',
  async (lost) => {
    const wasm = await loadOpusWasm();
    const tone = Int16Array.from({ length: UNTIL_MS * 48 }, (_, n) =>
      Math.round(AMPLITUDE * 32_767 * Math.sin((2 * Math.PI * TONE_HZ * n) / 48_000)),
    );
    const encode = createMusicEncoder(wasm);
    const frames = toFrames(tone).map((frame) => encode(frame));
    const run = { rank: 76, tag: 1, value: 1 };
    const sound = tracePackets({ ...run, fromMs: 0, untilMs: UNTIL_MS }).map((packet, n) => ({
      ...packet,
      payload: frames[n]!,
    }));
    // As the pump ends a broadcast that sounds: three times a frame of nothing with the marker, directly after the last sound.
    const ends = tracePackets({ ...run, fromMs: 0, untilMs: UNTIL_MS + 60 })
      .slice(sound.length + lost)
      .map((packet) => ({ ...packet, payload: END_PAYLOAD, marker: true }));
    const engine = new PlayoutEngine<string>(createOpusDecoders(wasm), {
      playoutDelayMs: 60,
      volume: 100,
      emergencyVolume: 100,
      muted: false,
    });
    const { blocks } = playTrace([...sound, ...ends], 1_200, { engine });
    engine.close();
    const heard = blocks.flatMap(({ samples }) => [...samples]);
    const steps = heard.slice(1).map((value, n) => Math.abs(value - (heard[n] ?? 0)));
    expect(Math.max(...heard.map(Math.abs))).toBeGreaterThan(AMPLITUDE / 2);
    // What the tone itself does from sample to sample, and half as much again.
    expect(Math.max(...steps)).toBeLessThan(((AMPLITUDE * 2 * Math.PI * TONE_HZ) / 48_000) * 1.5);
    expect(Math.max(...heard.slice(-4_800).map(Math.abs))).toBe(0);
  },
);

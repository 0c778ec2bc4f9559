import { describe, expect, it } from 'vitest';
import { toBusPacket, TRACE_SETTINGS, TRACE_START_MS, tracePackets } from '../../test/support/playout-trace.ts';
import type { VoiceDecoder } from './decoder.ts';
import { PlayoutEngine, type Rendered } from './playout-engine.ts';

const HZ = 1_000;
const AMPLITUDE = 0.3;

/** Every packet is 20 whole periods, so they join to one tone. */
const toneDecoder = (): VoiceDecoder => ({
  decode: (_payload, _fec, samples) =>
    Float32Array.from(
      { length: samples },
      (_value, index) => AMPLITUDE * Math.sin((2 * Math.PI * HZ * index) / 48_000),
    ),
  close: () => undefined,
});

/** Plays a tone of so many seconds; `outputMs` says when the sample that leaves `atMs` after the start is heard, in ms after the start. */
function playTone(seconds: number, outputMs: (atMs: number) => number) {
  const engine = new PlayoutEngine<string>(toneDecoder, TRACE_SETTINGS);
  const packets = tracePackets({ rank: 76, tag: 1, value: 1, fromMs: 0, untilMs: seconds * 1_000 + 500 });
  const samples = new Float32Array(seconds * 48_000);
  const errors: number[] = [];
  const rendered: Rendered<string>[] = [];
  let moves = 0;
  for (let atMs = 0; atMs < seconds * 1_000; atMs += 10) {
    for (let next = packets[0]; next && next.arrivalMs <= atMs + 50; next = packets[0]) {
      packets.shift();
      engine.push(toBusPacket(next), TRACE_START_MS + next.arrivalMs);
    }
    const block = engine.renderBlock(TRACE_START_MS + 60 + outputMs(atMs), 480);
    samples.set(block.samples, atMs * 48);
    rendered.push(...block.rendered);
    if (block.movedMs !== 0) moves += 1;
    errors.push(engine.stats().positionErrorMs);
  }
  return { samples, errors, moves, rendered, engine };
}

/** How far the sound is from going on as a tone does, at its worst place: three samples of a tone determine each other. */
function worstClick(samples: Float32Array): number {
  const follow = 2 * Math.cos((2 * Math.PI * HZ) / 48_000);
  let worst = 0;
  for (let index = 2; index < samples.length; index += 1) {
    const expected = follow * (samples[index - 1] ?? 0) - (samples[index - 2] ?? 0);
    worst = Math.max(worst, Math.abs((samples[index] ?? 0) - expected));
  }
  return worst;
}

const worst = (values: readonly number[]): number => Math.max(...values.map(Math.abs));
/** Behind the first packets, which are faded in. */
const AFTER_START = 48 * 200;

describe('playout against a clock that is not the server’s', () => {
  it.each([-200, 50, 200])('PO27: a sound card that drifts by %d ppm is followed to 0.2 ms without a click', (ppm) => {
    const { samples, errors, moves, engine } = playTone(30, (atMs) => atMs * (1 + ppm / 1e6));
    expect(worst(errors)).toBeLessThan(0.2);
    expect(worst(errors.slice(2_000))).toBeLessThan(0.02);
    expect(moves).toBe(0);
    expect(worstClick(samples.subarray(AFTER_START))).toBeLessThan(AMPLITUDE / 500);
    expect(engine.stats()).toMatchObject({ lostPackets: 0, concealedMs: 0, lateMs: 0 });
  });

  it.each([-5, 5])('PO27: a step of %d ms is taken up without a click', (stepMs) => {
    const { samples, errors, moves, engine } = playTone(12, (atMs) => (atMs < 2_000 ? atMs : atMs + stepMs));
    expect(Math.abs(errors[200] ?? 0)).toBeCloseTo(5, 1);
    expect(worst(errors.slice(800))).toBeLessThan(0.4);
    expect(moves).toBe(0);
    expect(worstClick(samples.subarray(AFTER_START))).toBeLessThan(AMPLITUDE / 500);
    expect(engine.stats()).toMatchObject({ lostPackets: 0, concealedMs: 0 });
  });

  it.each([-7.6, 7.6])(
    'PO30: a receiver that begins %d ms off is in step within two seconds, without a jump',
    (offMs) => {
      const { samples, errors, moves } = playTone(6, (atMs) => (atMs < 300 ? atMs : atMs + offMs));
      expect(worst(errors.slice(30, 40))).toBeGreaterThan(5);
      expect(worst(errors.slice(230))).toBeLessThan(0.15);
      expect(moves).toBe(0);
      expect(worstClick(samples.subarray(AFTER_START))).toBeLessThan(AMPLITUDE / 100);
    },
  );

  it('PO26: the place of a sample is kept more exactly than a stamp of today can say', () => {
    const { samples } = playTone(30, (atMs) => atMs * (1 + 123 / 1e6));
    expect(worstClick(samples.subarray(48 * 20_000))).toBeLessThan(AMPLITUDE / 20_000);
  });

  it('PO31: two receivers whose delay is moved by order stay in step to a sample, also the one that joins later, without a click', () => {
    const order = { playoutDelayMs: 100, delayMove: { previousMs: 60, fromMs: TRACE_START_MS + 2_000 } };
    const packets = tracePackets({ rank: 76, tag: 1, value: 1, fromMs: 0, untilMs: 30_000 });
    const play = (fromMs: number) => {
      const engine = new PlayoutEngine<string>(toneDecoder, { ...TRACE_SETTINGS, ...order });
      const samples = new Float32Array(30_000 * 48);
      const errors: number[] = [];
      const waiting = packets.filter(({ arrivalMs }) => arrivalMs >= fromMs);
      for (let atMs = fromMs; atMs < 30_000; atMs += 10) {
        for (let next = waiting[0]; next && next.arrivalMs <= atMs; next = waiting[0]) {
          waiting.shift();
          engine.push(toBusPacket(next), TRACE_START_MS + next.arrivalMs);
        }
        samples.set(engine.renderBlock(TRACE_START_MS + atMs, 480).samples, atMs * 48);
        errors.push(engine.stats().positionErrorMs);
      }
      return { samples, errors, stats: engine.stats() };
    };
    const early = play(0);
    const late = play(8_000);
    expect(worst(early.errors)).toBeLessThan(0.05);
    expect(worst(late.errors)).toBeLessThan(0.05);
    expect(worstClick(early.samples.subarray(AFTER_START))).toBeLessThan(AMPLITUDE / 500);
    const apart = early.samples
      .subarray(48 * 8_500)
      .map((value, index) => value - (late.samples[48 * 8_500 + index] ?? 0));
    expect(worst([...apart.filter((_value, index) => index % 100 === 0)])).toBeLessThan(
      AMPLITUDE * 1.2 * ((2 * Math.PI * HZ) / 48_000),
    );
    expect([early.stats.moves, late.stats.moves]).toEqual([0, 0]);
    expect(early.stats).toMatchObject({ lostPackets: 0, concealedMs: 0, lateMs: 0, extraDelayMs: 0 });
    expect(early.stats.neededDelayMs).toBeCloseTo(10, 0);
  });

  it('PO14: where the sound card was interrupted anyway, the position is right at once', () => {
    const engine = new PlayoutEngine<string>(toneDecoder, TRACE_SETTINGS);
    for (const packet of tracePackets({ rank: 76, tag: 1, value: 1, fromMs: 0, untilMs: 400 }))
      engine.push(toBusPacket(packet), TRACE_START_MS);
    for (let atMs = 0; atMs < 200; atMs += 10) engine.renderBlock(TRACE_START_MS + 60 + atMs, 480);
    engine.noteInterruption();
    expect(engine.renderBlock(TRACE_START_MS + 60 + 225, 480).movedMs).toBe(25);
    expect(engine.renderBlock(TRACE_START_MS + 60 + 235 + 5, 480).movedMs).toBe(0);
    expect(engine.stats()).toMatchObject({ moves: 1, positionErrorMs: 5 });
  });

  it('PO26: without an error every sample is the decoder’s', () => {
    const { samples } = playTone(2, (atMs) => atMs);
    const decoded = toneDecoder().decode(null, false, 960);
    expect(samples.slice(AFTER_START).every((value, index) => value === decoded[(AFTER_START + index) % 960])).toBe(
      true,
    );
  });

  it('PO17, PO26: what is recorded as rendered has no gap and no overlap while it is resampled', () => {
    const { rendered } = playTone(10, (atMs) => atMs * (1 + 200 / 1e6));
    const steps = rendered.slice(1).map((part, index) => part.fromMs - (rendered[index]?.untilMs ?? 0));
    expect(worst(steps)).toBeLessThan(0.05);
    const audibleMs = rendered.reduce((sum, part) => sum + part.audibleMs, 0);
    expect(audibleMs).toBeGreaterThan(9_980);
    expect(audibleMs).toBeLessThan(10_005);
  });

  it('PO26: the same trace gives the same samples', () => {
    const play = () => playTone(5, (atMs) => atMs * 1.0001 + Math.sin(atMs)).samples;
    expect(play()).toEqual(play());
  });
});

import pino from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { ageOf, type AlsaLibrary } from './alsa-library.ts';
import { createAlsaSink } from './alsa-sink.ts';
import type { Sink } from './sink.ts';

/** A card that plays what was written, at its own pace, and stops when there is nothing left; times in ms of a monotonic clock that begins at 0. */
class Card {
  nowMs = 0;
  ppm = 0;
  /** What is between the card's count and the ear, in ms; the card knows of it. */
  fifoMs = 3;
  opened = 0;
  failure: string | null = null;
  /** Each write of sound, with the time at which the card plays its first sample. */
  readonly heard: { atMs: number; loud: boolean }[] = [];
  #written = 0;
  #startedMs: number | null = null;
  #stopped = false;

  #played(): number {
    if (this.#startedMs === null) return 0;
    const played = Math.floor((this.nowMs - this.#startedMs) * 48 * (1 + this.ppm / 1e6));
    this.#stopped ||= played > this.#written;
    return Math.min(played, this.#written);
  }

  readonly library: AlsaLibrary = {
    openDevice: () => {
      this.opened += 1;
      if (this.failure !== null) return Promise.reject(new Error(this.failure));
      this.#written = 0;
      this.#startedMs = null;
      this.#stopped = false;
      return Promise.resolve({
        progress: () => {
          const played = this.#played();
          const state = this.#stopped ? 'interrupted' : this.#startedMs === null ? 'waiting' : 'running';
          const delay = this.#written - played + this.fifoMs * 48;
          return { state, delay, room: 120 * 48 - (this.#written - played), ageMs: 0 };
        },
        write: (pcm) => {
          this.#played();
          if (this.#stopped) return 0;
          const startedMs = this.#startedMs ?? this.nowMs;
          const atMs = startedMs + this.#written / 48 / (1 + this.ppm / 1e6) + this.fifoMs;
          this.heard.push({ atMs, loud: pcm.some((byte) => byte !== 0) });
          this.#written += pcm.length / 2;
          return pcm.length / 2;
        },
        start: () => void (this.#startedMs ??= this.nowMs),
        prepare: () => {
          this.#written = 0;
          this.#startedMs = null;
          this.#stopped = false;
        },
        failure: () => this.failure,
        close: () => undefined,
      });
    },
  };
}

let sink: Sink | null = null;
afterEach(() => sink?.close());

async function open(card = new Card()): Promise<{ card: Card; target: Sink }> {
  const target = (sink = createAlsaSink(card.library, pino({ level: 'silent' }), 'default', () => card.nowMs));
  await new Promise((resolve) => setImmediate(resolve));
  return { card, target };
}

/** Feeds the sink for so long; how far what it says of the time of each block is from the truth, in ms. */
function play(card: Card, target: Sink, forMs: number, leadMs = 0) {
  const errors: number[] = [];
  let interruptions = 0;
  for (const untilMs = card.nowMs + forMs; card.nowMs < untilMs; card.nowMs += 10) {
    const demand = target.demand(card.nowMs, leadMs);
    if (demand.interrupted) interruptions += 1;
    if (demand.frames === 0) continue;
    const writes = card.heard.length;
    if (target.write(new Float32Array(demand.frames).fill(0.5), 0))
      errors.push(demand.heardAtMs - (card.heard[writes]?.atMs ?? Number.NaN));
  }
  return { errors, interruptions };
}

const worst = (values: readonly number[]): number => Math.max(...values.map(Math.abs));

describe('ALSA sink', () => {
  it.each([-200, 0, 200])(
    'PO28: says when the card plays each sample, what is behind its count included, at a drift of %d ppm',
    async (ppm) => {
      const { card, target } = await open();
      card.ppm = ppm;
      const { errors, interruptions } = play(card, target, 30_000);
      expect(errors.length).toBeGreaterThan(2_900);
      expect(worst(errors)).toBeLessThan(0.1);
      expect(interruptions).toBe(0);
    },
  );

  it('PO28: a card that ran dry goes on where its new start puts it, and that is told', async () => {
    const { card, target } = await open();
    play(card, target, 2_000);
    card.nowMs += 137;
    const { errors, interruptions } = play(card, target, 2_000);
    expect(interruptions).toBe(1);
    expect(errors.length).toBeGreaterThan(150);
    expect(worst(errors)).toBeLessThan(0.1);
    expect(card.opened).toBe(1);
  });

  it.each([
    [0, 10],
    [65, 0],
  ])(
    'PO110: with a lead of %d ms a process whose turn comes after 60 ms runs dry %d times of ten',
    async (leadMs, dry) => {
      const { card, target } = await open();
      play(card, target, 2_000, leadMs);
      let interrupted = 0;
      for (let n = 0; n < 10; n++) {
        card.nowMs += 50;
        const { interruptions, errors } = play(card, target, 1_000, leadMs);
        interrupted += interruptions;
        expect(worst(errors)).toBeLessThan(0.1);
      }
      expect(interrupted).toBe(dry);
    },
  );

  it('PO17: nothing is played while there is no card; it says why, and plays when there is one', async () => {
    const card = new Card();
    card.failure = 'cannot open default: no such device';
    const { target } = await open(card);
    expect(play(card, target, 500).errors).toEqual([]);
    expect(target.problem()).toContain('no such device');
    card.failure = null;
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(play(card, target, 1_000).errors.length).toBeGreaterThan(50);
    expect(target.problem()).toBeNull();
  });

  it('knows the age of a time stamp by whichever clock it is of, and takes one of neither for now', () => {
    expect(ageOf(5_000, 5_004, 1_700_000_000_000)).toBe(4);
    expect(ageOf(1_700_000_000_000, 5_000, 1_700_000_000_003)).toBe(3);
    expect(ageOf(0, 5_000, 1_700_000_000_000)).toBe(0);
    expect(ageOf(5_000.5, 5_000, 1_700_000_000_000)).toBe(0);
  });
});

import pino from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PulseLibrary, PulseTiming } from './pulse-library.ts';
import { createPulseSink } from './pulse-sink.ts';
import type { Sink } from './sink.ts';

/** A sound server whose clock, card and wall clock do what a test says; times in ms of a monotonic clock that begins at 0. */
class Server {
  nowMs = 0;
  /** Wall clock minus monotonic clock. */
  wallAheadMs = 1_000_000;
  latencyMs = 15;
  /** Where a report says that the stream began, which is at -100 in truth. */
  saidStartMs = -100;
  opened = 0;
  /** Own times at which what was written is heard: those of the first and the behind the last sample of each write. */
  readonly heard: [number, number][] = [];
  #report: PulseTiming | null = null;

  readonly library: PulseLibrary = {
    wallMs: () => this.nowMs + this.wallAheadMs,
    openStream: () => {
      this.opened += 1;
      return {
        isReady: true,
        failure: () => null,
        // As from the real one: what is told now was asked for the last time.
        timing: () => {
          const told = this.#report;
          this.#report = {
            wallMs: this.nowMs + this.wallAheadMs,
            playedMs: this.nowMs - this.saidStartMs,
            latencyMs: this.latencyMs,
          };
          return told;
        },
        write: (index, pcm) => void this.heard.push([index / 48 - 100, (index + pcm.length / 2) / 48 - 100]),
        close: () => undefined,
      };
    },
  };
}

let sink: Sink | null = null;
afterEach(async () => {
  await sink?.close();
  vi.restoreAllMocks();
});

function open(): { server: Server; target: Sink } {
  const server = new Server();
  const target = (sink = createPulseSink(server.library, pino({ level: 'silent' }), null, () => server.nowMs));
  return { server, target };
}

/** Feeds the sink for so long; how far what it says of the time of each block is from the truth, in ms, and what went nowhere. */
function play(server: Server, target: Sink, forMs: number, leadMs = 0) {
  const errors: number[] = [];
  let frames = 0;
  let nowhereMs = 0;
  for (const untilMs = server.nowMs + forMs; server.nowMs < untilMs; server.nowMs += 10) {
    const demand = target.demand(server.nowMs, leadMs);
    for (let done = 0; done < demand.frames; done += 960) {
      const block = new Float32Array(Math.min(960, demand.frames - done));
      const writes = server.heard.length;
      if (!target.write(block, 0)) nowhereMs += block.length / 48;
      const [heardMs] = server.heard[writes] ?? [];
      if (heardMs !== undefined) errors.push(demand.heardAtMs + done / 48 - heardMs);
    }
    frames += demand.frames;
  }
  return { errors, frames, nowhereMs };
}

const worst = (values: readonly number[]): number => Math.max(...values.map(Math.abs));

describe('sound card of a sound server', () => {
  it.each([-3_600_000, -500, -30, 30, 500, 3_600_000])(
    'PO28: goes on when the wall clock of the machine is set by %d ms',
    (stepMs) => {
      const { server, target } = open();
      play(server, target, 5_000);
      server.wallAheadMs += stepMs;
      const { errors, frames } = play(server, target, 5_000);
      expect(worst(errors)).toBeLessThan(0.05);
      expect(frames).toBeGreaterThan(4_950 * 48);
      expect(server.opened).toBe(1);
    },
  );

  it('PO28: one report of a latency that is none has nothing handed over earlier', () => {
    const { server, target } = open();
    play(server, target, 2_000);
    server.latencyMs = 1_900;
    play(server, target, 60);
    server.latencyMs = 15;
    play(server, target, 1_000);
    const ahead = (server.heard.at(-1)?.[1] ?? 0) - server.nowMs;
    expect(ahead).toBeLessThan(50);
  });

  it('PO110: hands sound over as early as it is told to, and no sample is heard at another time for that', () => {
    const { server, target } = open();
    const aheadMs = () => (server.heard.at(-1)?.[1] ?? 0) - server.nowMs;
    play(server, target, 2_000);
    const before = aheadMs();
    const early = play(server, target, 1_000, 60);
    expect(aheadMs() - before).toBeCloseTo(60 - 20, 0);
    const late = play(server, target, 1_000);
    expect(aheadMs()).toBeCloseTo(before, 0);
    expect(worst([...early.errors, ...late.errors])).toBeLessThan(0.05);
    expect(early.nowhereMs + late.nowhereMs).toBe(0);
  });

  it('PO28: a card that tells at first where it was a moment ago is not believed before it agrees with itself', () => {
    const { server, target } = open();
    for (const errorMs of [40, 25, 12, 7.6]) {
      server.saidStartMs = -100 + errorMs;
      expect(play(server, target, 50).errors).toEqual([]);
    }
    server.saidStartMs = -100;
    const { errors } = play(server, target, 2_000);
    expect(errors.length).toBeGreaterThan(100);
    expect(worst(errors)).toBeLessThan(0.1);
  });

  it('PO28: a card that never agrees with itself is believed at last', () => {
    const { server, target } = open();
    for (let count = 0; count < 30; count += 1) {
      server.saidStartMs = -100 + (count % 2) * 3;
      play(server, target, 50);
    }
    expect(server.heard.length).toBeGreaterThan(0);
  });

  it('PO17: after a standstill, sound whose time is over went nowhere; a long one is no reason to open the card anew', () => {
    const { server, target } = open();
    play(server, target, 2_000);
    server.nowMs += 500;
    const { nowhereMs, errors } = play(server, target, 1_000);
    expect(nowhereMs).toBeGreaterThan(400);
    expect(nowhereMs).toBeLessThanOrEqual(500);
    expect(worst(errors)).toBeLessThan(0.05);
    server.nowMs += 30_000;
    expect(target.demand(server.nowMs)).toMatchObject({ frames: 0, interrupted: true });
    expect(worst(play(server, target, 1_000).errors)).toBeLessThan(0.05);
    expect([server.opened, target.problem()]).toEqual([1, null]);
  });

  it('PO28: a card whose time goes back far is followed at once', () => {
    const { server, target } = open();
    play(server, target, 2_000);
    server.saidStartMs += 10_000;
    const { frames } = play(server, target, 5_000);
    expect(frames).toBeGreaterThan(4_000 * 48);
  });
});

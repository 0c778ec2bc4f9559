import { PlayoutEngine } from '@loa/shared/playout/playout-engine';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ServerClock } from '../session/server-clock.ts';
import type { Sink, SinkDemand } from '../sinks/sink.ts';
import { PlayoutLoop } from './playout-loop.ts';

const SETTINGS = { playoutDelayMs: 0, volume: 100, emergencyVolume: 100, muted: false };

afterEach(() => void vi.useRealTimers());

describe('playout loop', () => {
  it('PO110: tells the sink how early it wants the sound, when its own turns come late again and again', () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const decoder = { decode: () => new Float32Array(0), close: () => undefined };
    const engine = new PlayoutEngine<string>(() => decoder, SETTINGS);
    engine.stats = () => ({ ...PlayoutEngine.prototype.stats.call(engine), neededDelayMs: 30 });
    const leads: number[] = [];
    const sink: Sink = {
      name: 'test',
      pollIntervalMs: 10,
      demand: (_, leadMs = 0) => (leads.push(leadMs), { frames: 0, heardAtMs: 0 }),
      write: () => true,
      problem: () => null,
      close: () => Promise.resolve(),
    };
    let nowMs = 0;
    const options = { engine, sink, clock: new ServerClock(), now: () => nowMs, delayMs: () => 200 };
    const loop = new PlayoutLoop({ ...options, onPlayed: () => undefined, onTurn: () => undefined });
    loop.start();
    for (let turn = 0; turn < 1_000; turn++) {
      nowMs += turn % 200 === 199 ? 45 : 10;
      vi.advanceTimersByTime(10);
    }
    loop.stop();
    expect(leads[100]).toBeLessThan(20);
    expect(leads.at(-1)).toBe(50);
  });

  it('PO14: an interruption of the card counts also when it is told while the card wants nothing', async () => {
    const told: string[] = [];
    const engine = new PlayoutEngine<string>(
      () => ({ decode: () => new Float32Array(0), close: () => undefined }),
      SETTINGS,
    );
    engine.noteInterruption = () => void told.push('interrupted');
    const demands: SinkDemand[] = [
      { frames: 480, heardAtMs: 1_000 },
      { frames: 0, heardAtMs: 1_010, interrupted: true },
      { frames: 480, heardAtMs: 1_010 },
    ];
    const played = Promise.withResolvers<void>();
    const sink: Sink = {
      name: 'test',
      pollIntervalMs: 1,
      demand: () => demands.shift() ?? { frames: 0, heardAtMs: 0 },
      write: () => (told.push('written'), true),
      problem: () => null,
      close: () => Promise.resolve(),
    };
    const onTurn = () => demands.length === 0 && played.resolve();
    const loop = new PlayoutLoop({
      engine,
      sink,
      clock: new ServerClock(),
      delayMs: () => 0,
      onPlayed: () => undefined,
      onTurn,
    });
    loop.start();
    await played.promise;
    loop.stop();
    expect(told).toEqual(['written', 'interrupted', 'written']);
  });
});

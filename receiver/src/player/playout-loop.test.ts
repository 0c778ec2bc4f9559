import { PlayoutEngine } from '@loa/shared/playout/playout-engine';
import { describe, expect, it } from 'vitest';
import { ServerClock } from '../session/server-clock.ts';
import type { Sink, SinkDemand } from '../sinks/sink.ts';
import { PlayoutLoop } from './playout-loop.ts';

const SETTINGS = { playoutDelayMs: 0, volume: 100, emergencyVolume: 100, muted: false };

describe('playout loop', () => {
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
    const loop = new PlayoutLoop({ engine, sink, clock: new ServerClock(), onPlayed: () => undefined, onTurn });
    loop.start();
    await played.promise;
    loop.stop();
    expect(told).toEqual(['written', 'interrupted', 'written']);
  });
});

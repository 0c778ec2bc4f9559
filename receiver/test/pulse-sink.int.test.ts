import pino from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { loadPulseLibrary } from '../src/sinks/pulse-library.ts';
import { createPulseSink } from '../src/sinks/pulse-sink.ts';
import type { Sink } from '../src/sinks/sink.ts';
import { feeder } from './support/chirp-feeder.ts';
import { findChirps } from './support/chirps.ts';
import { openSoundRoom, type SoundRoom } from './support/sound-room.ts';
import { waitFor } from './support/wait-for.ts';

const log = pino({ level: 'silent' });
let sink: Sink | null = null;
let room: SoundRoom | null = null;

afterEach(async () => {
  await sink?.close();
  await room?.close();
  [sink, room] = [null, null];
});

describe('sound card through the library of the sound server', () => {
  it('PO28: sounds are as far apart as was said, also across a standstill of this process', async () => {
    room = await openSoundRoom(1);
    const ears = room;
    const target = (sink = createPulseSink(await loadPulseLibrary(), log, room.server));
    const { said, turn } = feeder(target, 24_000);
    const chirps = () => findChirps(ears.heard()[0]?.samples ?? new Float32Array(0));
    await waitFor(() => (turn(), said.length < 3 && `${said.length} of 3 chirps handed over`));
    const until = performance.now() + 300;
    while (performance.now() < until);
    await waitFor(() => (turn(), said.length < 7 && `${said.length} of 7 chirps handed over`));
    await waitFor(() => (turn(), chirps().length < 5 && `${chirps().length} of 5 chirps heard`));
    const heard = chirps();
    const apart = heard.slice(1).map((at, index) => at - (heard[index] ?? 0));
    // One that fell into the standstill is missing; the others are where they belong.
    for (const distance of apart)
      expect(Math.abs(distance / 24_000 - Math.round(distance / 24_000)) * 24_000).toBeLessThan(0.1);
    expect(target.problem()).toBeNull();
  });

  it('PO17: takes nothing while there is no server, says so, and plays when there is one', async () => {
    const target = (sink = createPulseSink(await loadPulseLibrary(), log, 'unix:/nowhere/native'));
    const first = feeder(target, 24_000);
    await waitFor(() => (first.turn(), !target.problem() && 'the sink says what is wrong'));
    expect(first.turn()).toBe(false);
    await target.close();
    room = await openSoundRoom(1);
    const playing = (sink = createPulseSink(await loadPulseLibrary(), log, room.server));
    const second = feeder(playing, 24_000);
    await waitFor(() => !second.turn() && 'the sink takes sound');
    expect(playing.problem()).toBeNull();
  });
});

import pino from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { localNow } from '../src/session/server-clock.ts';
import { loadAlsaLibrary } from '../src/sinks/alsa-library.ts';
import { createAlsaSink } from '../src/sinks/alsa-sink.ts';
import type { Sink } from '../src/sinks/sink.ts';
import { feeder } from './support/chirp-feeder.ts';
import { findChirps } from './support/chirps.ts';
import { monotonicNow, openSoundRoom, type SoundRoom } from './support/sound-room.ts';
import { waitFor } from './support/wait-for.ts';

/** ALSA's own library, with its plugin that plays into a sound server: what the card says can be compared with what is heard. */

const log = pino({ level: 'silent' });
const LATENESS_OF_MONITOR_MS = 25;
let sink: Sink | null = null;
let room: SoundRoom | null = null;
const before = { ...process.env };

afterEach(async () => {
  await sink?.close();
  await room?.close();
  [sink, room] = [null, null];
  for (const name of ['PULSE_SERVER', 'PULSE_SINK', 'PULSE_RUNTIME_PATH', 'XDG_RUNTIME_DIR']) {
    if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = before[name];
  }
});

async function openRoom(): Promise<SoundRoom> {
  const opened = (room = await openSoundRoom(1));
  // The plugin reads the environment of the process.
  Object.assign(process.env, opened.environmentOf(0));
  return opened;
}

describe('sound card through the library of ALSA', () => {
  it('PO28: sounds are heard when it was said, and as far apart', async () => {
    const ears = await openRoom();
    const target = (sink = createAlsaSink(await loadAlsaLibrary(), log, 'pulse'));
    const { said, turn } = feeder(target, 24_000);
    const chirps = () => findChirps(ears.heard()[0]?.samples ?? new Float32Array(0));
    await waitFor(() => (turn(), said.length < 6 && `${said.length} of 6 chirps handed over`));
    await waitFor(() => (turn(), chirps().length < 5 && `${chirps().length} of 5 chirps heard`));
    const { startMs, samplesPerMs } = ears.heard()[0] ?? { startMs: 0, samplesPerMs: 48 };
    const heardMs = chirps().map((at) => startMs + at / samplesPerMs);
    const ownMs = localNow() - monotonicNow();
    // The first ones may have been taken while the recording had not begun.
    const errors = heardMs.map((at) => Math.min(...said.map((time) => Math.abs(time - (at + ownMs)))));
    expect(Math.max(...errors)).toBeLessThan(LATENESS_OF_MONITOR_MS);
    const apart = heardMs.slice(1).map((at, index) => at - (heardMs[index] ?? 0));
    for (const distance of apart) expect(Math.abs(distance - 500 * Math.round(distance / 500))).toBeLessThan(2);
    expect(target.problem()).toBeNull();
  });

  it('PO17: says which device it does not find, and plays nothing into it', async () => {
    const target = (sink = createAlsaSink(await loadAlsaLibrary(), log, 'no-such-device'));
    const { turn } = feeder(target, 24_000);
    await waitFor(() => (turn(), !target.problem() && 'the sink says what is wrong'));
    expect(target.problem()).toContain('no-such-device');
    expect(turn()).toBe(false);
  });
});

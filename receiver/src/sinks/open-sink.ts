import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Logger } from 'pino';
import type { SinkName } from '../config.ts';
import { ALSA_PLAYER, createDeviceSink, PULSE_PLAYER } from './device-sink.ts';
import { createNullSink } from './null-sink.ts';
import { loadPulseLibrary } from './pulse-library.ts';
import { createPulseSink } from './pulse-sink.ts';
import type { Sink } from './sink.ts';
import { createWavSink } from './wav-sink.ts';

const PROBE_TIMEOUT_MS = 2_000;

/** Opens the sink of the settings; `auto` is the sound card if there is one, and the WAV file if not. */
export async function openSink(name: SinkName, wavPath: string, log: Logger): Promise<Sink> {
  switch (name === 'auto' ? await findSoundCard() : name) {
    case 'pulse':
      return openPulseSink(log);
    case 'alsa':
      return createDeviceSink(ALSA_PLAYER, log);
    case 'null':
      return createNullSink();
    default:
      return createWavSink(wavPath);
  }
}

/** Where the server's library cannot be called its own player may be there. */
async function openPulseSink(log: Logger): Promise<Sink> {
  try {
    return createPulseSink(await loadPulseLibrary(), log);
  } catch (error) {
    log.warn(
      { err: error },
      `no libpulse: ${PULSE_PLAYER.command} plays instead, and tells less exactly when a sample is heard`,
    );
    return createDeviceSink(PULSE_PLAYER, log);
  }
}

async function findSoundCard(): Promise<'pulse' | 'alsa' | 'wav'> {
  const pulse = await output('pactl', ['info']);
  // Without hardware PulseAudio makes itself a sink that nobody hears.
  if (/^Default Sink: (?!auto_null|@)\S/m.test(pulse)) return 'pulse';
  return /^card \d/m.test(await output('aplay', ['-l'])) ? 'alsa' : 'wav';
}

/** What the program says; nothing if it is not there or fails. */
async function output(command: string, args: readonly string[]): Promise<string> {
  return promisify(execFile)(command, args, { timeout: PROBE_TIMEOUT_MS, env: { ...process.env, LC_ALL: 'C' } }).then(
    ({ stdout }) => stdout,
    () => '',
  );
}

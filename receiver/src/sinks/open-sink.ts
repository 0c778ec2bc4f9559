import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Logger } from 'pino';
import type { ReceiverConfig } from '../config.ts';
import { loadAlsaLibrary } from './alsa-library.ts';
import { createAlsaSink } from './alsa-sink.ts';
import { ALSA_PLAYER, createDeviceSink, PULSE_PLAYER } from './device-sink.ts';
import { createNullSink } from './null-sink.ts';
import { loadPulseLibrary } from './pulse-library.ts';
import { createPulseSink } from './pulse-sink.ts';
import type { Sink } from './sink.ts';
import { createWavSink } from './wav-sink.ts';

const PROBE_TIMEOUT_MS = 2_000;

/** Opens the sink of the settings; `auto` is the sound card if there is one, and the WAV file if not. */
export async function openSink(
  { sink: name, wavPath, alsaDevice }: Pick<ReceiverConfig, 'sink' | 'wavPath' | 'alsaDevice'>,
  log: Logger,
): Promise<Sink> {
  switch (name === 'auto' ? await findSoundCard() : name) {
    case 'pulse':
      return openPulseSink(log);
    case 'alsa':
      return openAlsaSink(alsaDevice, log);
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

/** Where the library cannot be called, ALSA's own player may be there. */
async function openAlsaSink(device: string, log: Logger): Promise<Sink> {
  try {
    return createAlsaSink(await loadAlsaLibrary(), log, device);
  } catch (error) {
    log.warn(
      { err: error },
      `no libasound: ${ALSA_PLAYER.command} plays instead, and nothing tells when a sample is heard`,
    );
    const args = [...ALSA_PLAYER.args, `--device=${device}`];
    return createDeviceSink({ ...ALSA_PLAYER, args }, log);
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

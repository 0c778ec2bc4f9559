import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Logger } from 'pino';
import { localNow } from '../session/server-clock.ts';
import { DeviceProgress, parsePacatProgress } from './device-progress.ts';
import { SampleClock } from './sample-clock.ts';
import type { Sink, SinkDemand } from './sink.ts';
import { toPcm16 } from './wav-header.ts';

/** Sound is handed to the player this much before it is heard, in ms; has to be well below the playout delay. */
export const DEVICE_LEAD_MS = 30;
/** A player that ended is started again after this long, in ms. */
const RESTART_MS = 1_000;
/** More than this in our own half of the pipe means that the player takes nothing any more, in bytes: 200 ms. */
const MAX_BACKLOG_BYTES = 19_200;
const STOP_TIMEOUT_MS = 500;
/** A player that has run this long without ending has the card, in ms. */
const PLAYS_AGAIN_MS = 2_000;

/** A program that plays raw mono 16-bit samples at 48 kHz from its standard input. */
export interface Player {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** What is wrong even while it plays, for the operator. */
  readonly caveat?: string;
}

export const PULSE_PLAYER: Player = {
  name: 'pulse (pacat)',
  command: 'pacat',
  args: [
    '--playback',
    '--raw',
    '--rate=48000',
    '--channels=1',
    '--format=s16le',
    '--latency-msec=20',
    '--verbose',
    '--client-name=Loa',
  ],
};

export const ALSA_PLAYER: Player = {
  name: 'alsa (aplay)',
  caveat:
    'libasound cannot be called: aplay plays, and when a sample is heard is only guessed; out of step by some 10 ms',
  command: 'aplay',
  args: ['-q', '-t', 'raw', '-f', 'S16_LE', '-c', '1', '-r', '48000', '--buffer-time=30000', '--period-time=10000'],
};

/** Plays through another program: no native code here, and a player that dies is replaced without a word to anybody else. */
export function createDeviceSink(player: Player, log: Logger): Sink {
  return new DeviceSink(player, log);
}

class DeviceSink implements Sink {
  readonly name: string;
  readonly pollIntervalMs = 10;
  readonly #player: Player;
  readonly #log: Logger;
  #clock = new SampleClock(DEVICE_LEAD_MS);
  #progress = new DeviceProgress();
  #interruptions = 0;
  #child: ChildProcessWithoutNullStreams | null = null;
  #restart: NodeJS.Timeout | null = null;
  #problem: string | null = null;
  #closed = false;
  #startedMs = 0;

  constructor(player: Player, log: Logger) {
    this.name = player.name;
    this.#player = player;
    this.#log = log;
    this.#start();
  }

  demand(nowMs: number): SinkDemand {
    const { restarts } = this.#clock;
    const demand = this.#clock.demand(nowMs);
    // The player's progress counts from its first sample: after a standstill both begin anew, together.
    if (this.#clock.restarts !== restarts) this.#child?.kill('SIGKILL');
    const interrupted = this.#progress.interruptions !== this.#interruptions;
    this.#interruptions = this.#progress.interruptions;
    return { ...demand, interrupted };
  }

  write(samples: Float32Array): boolean {
    this.#clock.take(samples.length);
    const stdin = this.#child?.stdin;
    if (!stdin?.writable) return false;
    if (stdin.writableLength > MAX_BACKLOG_BYTES) {
      this.#child?.kill('SIGKILL');
      return false;
    }
    stdin.write(toPcm16(samples));
    this.#noteTaken();
    // PO17: a player that has just been started again may not have the card: it is fed, but what it takes is not heard yet.
    return this.#problem === null;
  }

  /** Not every player tells its progress: one that has taken sound for a while plays again. */
  #noteTaken(): void {
    if (this.#problem !== null && localNow() - this.#startedMs > PLAYS_AGAIN_MS) this.#problem = null;
  }

  problem(): string | null {
    return this.#problem ?? this.#player.caveat ?? null;
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#restart) clearTimeout(this.#restart);
    const child = this.#child;
    if (child === null) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      child.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      child.stdin.end();
    });
  }

  #start(): void {
    const { command, args } = this.#player;
    const child = spawn(command, args, { env: { ...process.env, LC_ALL: 'C' } });
    this.#child = child;
    this.#startedMs = localNow();
    this.#clock = new SampleClock(DEVICE_LEAD_MS);
    this.#progress = new DeviceProgress();
    this.#interruptions = 0;
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1');
      const played = parsePacatProgress(text);
      if (played === null) said = text.trim().slice(0, 200) || said;
      else {
        this.#problem = null;
        this.#clock.adjust(this.#progress.note(localNow(), played));
      }
    });
    child.stdout.resume();
    // A player that is gone makes writing fail; its end is dealt with below.
    child.stdin.on('error', () => undefined);
    child.once('error', (error) => this.#ended(child, error.message));
    child.once('close', (code) => this.#ended(child, `${command} ended with ${String(code)}: ${said}`));
  }

  #ended(child: ChildProcessWithoutNullStreams, why: string): void {
    if (this.#child !== child) return;
    this.#child = null;
    if (this.#closed) return;
    if (this.#problem !== why) this.#log.warn({ sink: this.name }, `sound card lost: ${why}`);
    this.#problem = why;
    this.#restart = setTimeout(() => this.#start(), RESTART_MS);
  }
}

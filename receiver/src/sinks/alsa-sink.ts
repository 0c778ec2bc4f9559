import { setTimeout as sleep } from 'node:timers/promises';
import { RTP_RATE_HZ } from '@loa/shared/protocol/limits';
import type { Logger } from 'pino';
import { localNow } from '../session/server-clock.ts';
import type { AlsaDevice, AlsaLibrary, AlsaProgress } from './alsa-library.ts';
import { CardClock } from './card-clock.ts';
import { SampleClock } from './sample-clock.ts';
import type { Sink, SinkDemand } from './sink.ts';
import { toPcm16 } from './wav-header.ts';

const SAMPLES_PER_MS = RTP_RATE_HZ / 1_000;
/** Sound is handed over this much before it is heard at least, in ms: this process may be late by so much. */
const LEAD_MS = 40;
/** What the card can hold, in ms. */
const BUFFER_MS = 120;
/** The card is asked this often how far it is, in ms. */
const ASK_INTERVAL_MS = 20;
/** A card whose time stands still while it is asked so often is opened anew. */
const STUCK_ASKS = 100;
/** After a failure the card is left alone for this long, in ms. */
const RESTART_MS = 1_000;

/** Plays through ALSA, whose cards say how much of what was written is still to be heard, and when they knew it (PO28). */
export function createAlsaSink(
  library: AlsaLibrary,
  log: Logger,
  device = 'default',
  now: () => number = localNow,
): Sink {
  return new AlsaSink(library, log, device, now);
}

class AlsaSink implements Sink {
  readonly name: string;
  readonly pollIntervalMs = 10;
  readonly #library: AlsaLibrary;
  readonly #log: Logger;
  readonly #deviceName: string;
  readonly #now: () => number;
  /** Goes on while the card is not believed: the engine keeps the time. */
  #idle = new SampleClock(LEAD_MS);
  #device: AlsaDevice | null = null;
  #card = new CardClock();
  /** Samples written since the card was started. */
  #written = 0;
  #playing = false;
  #interrupted = false;
  #room = 0;
  #askedMs = Number.NEGATIVE_INFINITY;
  #playedMs = Number.NEGATIVE_INFINITY;
  #idleAsks = 0;
  #restart: NodeJS.Timeout | null = null;
  #problem: string | null = null;
  #closed = false;

  constructor(library: AlsaLibrary, log: Logger, deviceName: string, now: () => number) {
    this.name = deviceName === 'default' ? 'alsa' : `alsa ${deviceName}`;
    this.#library = library;
    this.#log = log;
    this.#deviceName = deviceName;
    this.#now = now;
    void this.#open();
  }

  demand(nowMs: number, leadMs = 0): SinkDemand {
    if (nowMs - this.#askedMs >= ASK_INTERVAL_MS) this.#watch(nowMs);
    if (!this.#playing) return this.#idle.demand(nowMs);
    const interrupted = this.#card.takeInterruption() || this.#interrupted;
    this.#interrupted = false;
    const due = Math.floor((nowMs + Math.max(LEAD_MS, leadMs) - this.#card.startMs) * SAMPLES_PER_MS) - this.#written;
    const frames = Math.max(0, Math.min(due, this.#room));
    return { frames, heardAtMs: this.#card.startMs + this.#written / SAMPLES_PER_MS, interrupted };
  }

  write(samples: Float32Array): boolean {
    if (!this.#playing) {
      this.#idle.take(samples.length);
      return false;
    }
    return this.#put(samples);
  }

  problem(): string | null {
    return this.#problem;
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#restart) clearTimeout(this.#restart);
    if (this.#playing) await sleep(LEAD_MS);
    this.#device?.close();
    this.#device = null;
  }

  async #open(): Promise<void> {
    this.#restart = null;
    try {
      const options = { device: this.#deviceName, rateHz: RTP_RATE_HZ, bufferMs: BUFFER_MS };
      const device = await this.#library.openDevice(options);
      if (this.#closed) return device.close();
      this.#device = device;
      this.#begin(device);
    } catch (error) {
      this.#lose(error instanceof Error ? error.message : String(error));
    }
  }

  /** Starts the card with silence, which goes on until it is believed. */
  #begin(device: AlsaDevice): void {
    this.#card = new CardClock();
    this.#written = 0;
    this.#playing = false;
    this.#idleAsks = 0;
    this.#playedMs = Number.NEGATIVE_INFINITY;
    this.#idle = new SampleClock(LEAD_MS);
    this.#room = device.progress()?.room ?? 0;
    this.#put(new Float32Array(Math.min(this.#room, LEAD_MS * SAMPLES_PER_MS)));
    device.start();
  }

  #watch(nowMs: number): void {
    this.#askedMs = nowMs;
    const device = this.#device;
    if (device === null) return;
    this.#idleAsks += 1;
    const progress = device.progress();
    const ownMs = this.#now();
    if (device.failure() !== null) return this.#lose(`sound card: ${device.failure()}`);
    if (this.#idleAsks > STUCK_ASKS) return this.#lose('the sound card stands still');
    if (progress === null) return;
    this.#room = progress.room;
    if (progress.state === 'interrupted') return this.#recover(device);
    if (progress.state === 'running') this.#note(progress, ownMs);
    if (!this.#playing) this.#keepRunning(progress);
  }

  #note(progress: AlsaProgress, ownMs: number): void {
    const playedMs = (this.#written - progress.delay) / SAMPLES_PER_MS;
    // Before the card has begun there is nothing that moves.
    if (playedMs <= 0 || playedMs === this.#playedMs) return;
    this.#playedMs = playedMs;
    this.#idleAsks = 0;
    this.#card.note(ownMs - progress.ageMs, playedMs);
    if (this.#playing || !this.#card.isBelieved) return;
    this.#playing = true;
    this.#problem = null;
  }

  /** What was to be heard did not come in time, and the card stopped: it begins anew, at another time. */
  #recover(device: AlsaDevice): void {
    this.#interrupted = true;
    device.prepare();
    this.#begin(device);
  }

  #keepRunning({ delay, room }: AlsaProgress): void {
    const missing = LEAD_MS * SAMPLES_PER_MS - delay;
    if (missing > 0) this.#put(new Float32Array(Math.min(missing, room)));
  }

  /** Whether the card has taken it all. */
  #put(samples: Float32Array): boolean {
    const taken = this.#device?.write(toPcm16(samples)) ?? 0;
    this.#written += taken;
    this.#room = Math.max(0, this.#room - taken);
    return taken === samples.length;
  }

  #lose(why: string): void {
    if (this.#problem !== why) this.#log.warn({ sink: this.name }, `sound card lost: ${why}`);
    this.#problem = why;
    this.#device?.close();
    this.#device = null;
    this.#playing = false;
    this.#idle = new SampleClock(LEAD_MS);
    if (!this.#closed) this.#restart = setTimeout(() => void this.#open(), RESTART_MS);
  }
}

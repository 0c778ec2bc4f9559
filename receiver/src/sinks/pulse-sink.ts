import { setTimeout as sleep } from 'node:timers/promises';
import { RTP_RATE_HZ } from '@loa/shared/protocol/limits';
import type { Logger } from 'pino';
import { localNow } from '../session/server-clock.ts';
import { DeviceProgress } from './device-progress.ts';
import type { PulseLibrary, PulseStream } from './pulse-library.ts';
import { MAX_CATCH_UP_MS, SampleClock } from './sample-clock.ts';
import type { Sink, SinkDemand } from './sink.ts';
import { toPcm16 } from './wav-header.ts';

const SAMPLES_PER_MS = RTP_RATE_HZ / 1_000;
/** How long a sample is to be under way through the sound server, in ms. */
const SERVER_LATENCY_MS = 20;
/** Sound is handed over this much before the server needs it, in ms: this process may be late by so much. */
const MARGIN_MS = 20;
/** Nobody plays through a server that takes longer than this, in ms. */
const MAX_SERVER_LATENCY_MS = 2_000;
/** The server is asked this often how far it is, in ms. */
const ASK_INTERVAL_MS = 50;
/** The stream is believed after so many answers. */
const FIRST_REPORTS = 3;
/** A stream that does not come about, or whose time stands still for so long, is opened anew, in ms. */
const STUCK_MS = 2_000;
/** After a failure the server is left alone for this long, in ms. */
const RESTART_MS = 1_000;

/** Plays through PulseAudio or PipeWire, which tells when a sample is heard (PO28). `server` null: that of the environment. */
export function createPulseSink(library: PulseLibrary, log: Logger, server: string | null = null): Sink {
  return new PulseSink(library, log, server);
}

class PulseSink implements Sink {
  readonly name = 'pulse';
  readonly pollIntervalMs = 10;
  readonly #library: PulseLibrary;
  readonly #log: Logger;
  readonly #server: string | null;
  /** Goes on while there is no stream: the engine keeps the time. */
  #idle = new SampleClock(SERVER_LATENCY_MS + MARGIN_MS);
  #stream: PulseStream | null = null;
  #progress = new DeviceProgress();
  #shifts = 0;
  #reports = 0;
  #startMs = 0;
  /** The sample of the stream that comes next; null: the stream is not believed yet. */
  #next: number | null = null;
  #latencyMs = SERVER_LATENCY_MS;
  #askedMs = Number.NEGATIVE_INFINITY;
  #playedMs = Number.NEGATIVE_INFINITY;
  #movedMs = 0;
  #restart: NodeJS.Timeout | null = null;
  #problem: string | null = null;

  constructor(library: PulseLibrary, log: Logger, server: string | null) {
    this.#library = library;
    this.#log = log;
    this.#server = server;
    this.#open();
  }

  demand(nowMs: number): SinkDemand {
    this.#watch(nowMs);
    if (this.#next === null) return this.#idle.demand(nowMs);
    const dueMs = nowMs + this.#latencyMs + MARGIN_MS - this.#startMs;
    let due = Math.floor(dueMs * SAMPLES_PER_MS) - this.#next;
    if (due > MAX_CATCH_UP_MS * SAMPLES_PER_MS) {
      this.#next += due;
      due = 0;
    }
    const interrupted = this.#progress.shifts !== this.#shifts;
    this.#shifts = this.#progress.shifts;
    return { frames: Math.max(0, due), heardAtMs: this.#startMs + this.#next / SAMPLES_PER_MS, interrupted };
  }

  write(samples: Float32Array): boolean {
    if (this.#next === null || this.#stream === null) {
      this.#idle.take(samples.length);
      return false;
    }
    // What comes too late for its place is left out by the server; what follows is in its place all the same.
    this.#stream.write(this.#next, toPcm16(samples));
    this.#next += samples.length;
    return true;
  }

  problem(): string | null {
    return this.#problem;
  }

  async close(): Promise<void> {
    if (this.#restart) clearTimeout(this.#restart);
    if (this.#next !== null) await sleep(this.#latencyMs + MARGIN_MS);
    this.#stream?.close();
    this.#stream = null;
  }

  #open(): void {
    this.#restart = null;
    this.#stream = this.#library.openStream({
      server: this.#server,
      rateHz: RTP_RATE_HZ,
      latencyMs: SERVER_LATENCY_MS,
    });
    this.#progress = new DeviceProgress();
    this.#shifts = 0;
    this.#reports = 0;
    this.#movedMs = localNow();
  }

  #watch(nowMs: number): void {
    const stream = this.#stream;
    if (stream === null || nowMs - this.#askedMs < ASK_INTERVAL_MS) return;
    this.#askedMs = nowMs;
    if (stream.isReady) this.#note(stream, nowMs);
    if (stream.failure() !== null) this.#lose(`sound server: ${stream.failure()}`);
    else if (localNow() - this.#movedMs > STUCK_MS)
      this.#lose('the sound server does not answer, or its card stands still');
  }

  #note(stream: PulseStream, nowMs: number): void {
    const timing = stream.timing();
    if (timing === null || timing.latencyMs > MAX_SERVER_LATENCY_MS) return;
    const atMs = localNow() - (this.#library.wallMs() - timing.wallMs);
    // Before the card has begun there is nothing that moves.
    if (timing.playedMs <= 0 || timing.playedMs === this.#playedMs) return;
    this.#playedMs = timing.playedMs;
    this.#movedMs = nowMs;
    this.#startMs = this.#progress.note(atMs, timing.playedMs);
    // It rises at once and falls slowly: a server that needed sound early may need it early again.
    this.#latencyMs = Math.max(timing.latencyMs, this.#latencyMs - 0.01);
    this.#reports += 1;
    if (this.#next !== null || this.#reports < FIRST_REPORTS) return;
    this.#next = Math.floor((nowMs + this.#latencyMs + MARGIN_MS - this.#startMs) * SAMPLES_PER_MS);
    this.#problem = null;
  }

  #lose(why: string): void {
    if (this.#problem !== why) this.#log.warn({ sink: this.name }, `sound card lost: ${why}`);
    this.#problem = why;
    this.#stream?.close();
    this.#stream = null;
    this.#next = null;
    this.#idle = new SampleClock(SERVER_LATENCY_MS + MARGIN_MS);
    this.#restart = setTimeout(() => this.#open(), RESTART_MS);
  }
}

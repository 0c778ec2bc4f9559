import { setTimeout as sleep } from 'node:timers/promises';
import { RTP_RATE_HZ } from '@loa/shared/protocol/limits';
import type { Logger } from 'pino';
import { localNow } from '../session/server-clock.ts';
import { CardClock } from './card-clock.ts';
import { HandoverLatency } from './handover-latency.ts';
import type { PulseLibrary, PulseStream } from './pulse-library.ts';
import { MAX_CATCH_UP_MS, SampleClock } from './sample-clock.ts';
import type { Sink, SinkDemand } from './sink.ts';
import { toPcm16 } from './wav-header.ts';

const SAMPLES_PER_MS = RTP_RATE_HZ / 1_000;
/** How long a sample is to be under way through the sound server, in ms. */
const SERVER_LATENCY_MS = 20;
/** Sound is handed over this much before the server needs it at least, in ms: this process may be late by so much. */
const MARGIN_MS = 20;
/** Nobody plays through a server that takes longer than this, in ms. */
const MAX_SERVER_LATENCY_MS = 2_000;
/** The server is asked this often how far it is, in ms. */
const ASK_INTERVAL_MS = 50;
/** A stream that does not come about, or whose time stands still while it is asked so often, is opened anew. */
const STUCK_ASKS = 40;
/** The wall clock, of which the server's reports speak, was set when it went on by so much more or less than the own clock, in ms. */
const WALL_STEP_MS = 2;
/** After a failure the server is left alone for this long, in ms. */
const RESTART_MS = 1_000;

/** Plays through PulseAudio or PipeWire, which tells when a sample is heard (PO28). `server` null: that of the environment. */
export function createPulseSink(
  library: PulseLibrary,
  log: Logger,
  server: string | null = null,
  now: () => number = localNow,
): Sink {
  return new PulseSink(library, log, server, now);
}

class PulseSink implements Sink {
  readonly name = 'pulse';
  readonly pollIntervalMs = 10;
  readonly #library: PulseLibrary;
  readonly #log: Logger;
  readonly #server: string | null;
  readonly #now: () => number;
  /** Goes on while there is no stream: the engine keeps the time. */
  #idle = new SampleClock(SERVER_LATENCY_MS + MARGIN_MS);
  #stream: PulseStream | null = null;
  #card = new CardClock();
  #latency = new HandoverLatency(SERVER_LATENCY_MS);
  /** The sample of the stream that comes next; null: the stream is not believed yet. */
  #next: number | null = null;
  #askedMs = Number.NEGATIVE_INFINITY;
  #playedMs = Number.NEGATIVE_INFINITY;
  #idleAsks = 0;
  #wallAheadMs = Number.NaN;
  #marginMs = MARGIN_MS;
  #restart: NodeJS.Timeout | null = null;
  #problem: string | null = null;

  constructor(library: PulseLibrary, log: Logger, server: string | null, now: () => number) {
    this.#library = library;
    this.#log = log;
    this.#server = server;
    this.#now = now;
    this.#open();
  }

  demand(nowMs: number, leadMs = 0): SinkDemand {
    this.#marginMs = Math.max(MARGIN_MS, leadMs);
    this.#watch(nowMs);
    if (this.#next === null) return this.#idle.demand(nowMs);
    let due = this.#dueAt(nowMs) - this.#next;
    let interrupted = this.#card.takeInterruption();
    // A process that stood still, or a card that went on far away: neither is made up for.
    if (Math.abs(due) > MAX_CATCH_UP_MS * SAMPLES_PER_MS) {
      this.#next += due;
      due = 0;
      interrupted = true;
    }
    return { frames: Math.max(0, due), heardAtMs: this.#card.startMs + this.#next / SAMPLES_PER_MS, interrupted };
  }

  write(samples: Float32Array): boolean {
    if (this.#next === null || this.#stream === null) {
      this.#idle.take(samples.length);
      return false;
    }
    const place = this.#next;
    this.#next += samples.length;
    // PO17: after a standstill of this process the time of some sound is over, and nobody hears it.
    if (this.#card.startMs + this.#next / SAMPLES_PER_MS < this.#now()) return false;
    // What comes too late for its place is left out by the server; what follows is in its place all the same.
    this.#stream.write(place, toPcm16(samples));
    return true;
  }

  problem(): string | null {
    return this.#problem;
  }

  async close(): Promise<void> {
    if (this.#restart) clearTimeout(this.#restart);
    if (this.#next !== null) await sleep(this.#latency.ms + this.#marginMs);
    this.#stream?.close();
    this.#stream = null;
  }

  /** The sample of the stream up to which sound is to be handed over. */
  #dueAt(nowMs: number): number {
    return Math.floor((nowMs + this.#latency.ms + this.#marginMs - this.#card.startMs) * SAMPLES_PER_MS);
  }

  #open(): void {
    this.#restart = null;
    this.#stream = this.#library.openStream({
      server: this.#server,
      rateHz: RTP_RATE_HZ,
      latencyMs: SERVER_LATENCY_MS,
    });
    this.#card = new CardClock();
    this.#latency = new HandoverLatency(SERVER_LATENCY_MS);
    this.#playedMs = Number.NEGATIVE_INFINITY;
    this.#idleAsks = 0;
  }

  #watch(nowMs: number): void {
    const stream = this.#stream;
    if (stream === null || nowMs - this.#askedMs < ASK_INTERVAL_MS) return;
    this.#askedMs = nowMs;
    // Counted and not timed: a process that stood still for long has asked nobody meanwhile.
    this.#idleAsks += 1;
    if (stream.isReady) this.#note(stream, nowMs);
    if (stream.failure() !== null) this.#lose(`sound server: ${stream.failure()}`);
    else if (this.#idleAsks > STUCK_ASKS) this.#lose('the sound server does not answer, or its card stands still');
  }

  #note(stream: PulseStream, nowMs: number): void {
    const timing = stream.timing();
    const wallMs = this.#library.wallMs();
    const ownMs = this.#now();
    const wallAheadMs = wallMs - ownMs;
    const wasSet = Math.abs(wallAheadMs - this.#wallAheadMs) > WALL_STEP_MS;
    this.#wallAheadMs = wallAheadMs;
    if (timing === null || timing.latencyMs > MAX_SERVER_LATENCY_MS) return;
    // Before the card has begun there is nothing that moves.
    if (timing.playedMs <= 0 || timing.playedMs === this.#playedMs) return;
    this.#playedMs = timing.playedMs;
    this.#idleAsks = 0;
    // The report is of the clock as it was before: nobody knows how long ago that is.
    if (wasSet) return;
    this.#latency.note(timing.latencyMs);
    this.#card.note(timing.wallMs - wallAheadMs, timing.playedMs);
    if (this.#next !== null || !this.#card.isBelieved) return;
    this.#next = this.#dueAt(nowMs);
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

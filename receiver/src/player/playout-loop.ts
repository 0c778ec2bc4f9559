import { HandOver } from '@loa/shared/playout/hand-over';
import type { PlayoutEngine, RenderedBlock } from '@loa/shared/playout/playout-engine';
import type { Sounding } from '@loa/shared/protocol/receivers';
import type { Sink } from '../sinks/sink.ts';
import { localNow, type ServerClock } from '../session/server-clock.ts';

/** Longest block that is rendered at once, in samples: 20 ms. */
const MAX_BLOCK_SAMPLES = 960;
/** PO110 is judged this often, in ms. */
const LEAD_INTERVAL_MS = 1_000;

export interface PlayoutLoopOptions<Bus> {
  readonly engine: PlayoutEngine<Bus>;
  readonly sink: Sink;
  readonly clock: ServerClock;
  /** Own time in ms. */
  readonly now?: () => number;
  /** The playout delay that is ordered, in ms. */
  delayMs(): number;
  /** After each block that the sink has taken; `serverTimeMs` is when its first sample is heard. */
  onPlayed(block: RenderedBlock<Bus>, serverTimeMs: number): void;
  /** After each turn, played or not. */
  onTurn(): void;
}

/** Carries sound from the engine to the sink at the sink's pace. */
export class PlayoutLoop<Bus> {
  readonly #options: PlayoutLoopOptions<Bus>;
  #timer: NodeJS.Timeout | null = null;
  #taken = true;
  readonly #handOver = new HandOver();
  #leadMs = 0;
  #turnMs = Number.NaN;
  #judgedMs = Number.NEGATIVE_INFINITY;

  constructor(options: PlayoutLoopOptions<Bus>) {
    this.#options = options;
  }

  /** PO17: what is heard: nothing while the sink takes nothing. */
  sounding(): readonly Sounding[] {
    return this.#taken ? this.#options.engine.sounding() : [];
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#turn(), this.#options.sink.pollIntervalMs);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  #turn(): void {
    const { engine, sink, clock, now = localNow, onPlayed } = this.#options;
    const nowMs = now();
    this.#judgeLead(nowMs);
    const demand = sink.demand(nowMs, this.#leadMs);
    // It is said once, and mostly when nothing is wanted: a card that goes on later has enough for now.
    if (demand.interrupted) engine.noteInterruption();
    for (let done = 0; done < demand.frames;) {
      const frames = Math.min(MAX_BLOCK_SAMPLES, demand.frames - done);
      const serverTimeMs = clock.toServer(demand.heardAtMs + done / 48);
      // A sink that begins to take sound has its own time, which need not be that of the clock that stood in for it.
      if (!this.#taken) engine.noteInterruption(true);
      const block = engine.renderBlock(serverTimeMs, frames);
      this.#taken = sink.write(block.samples, serverTimeMs);
      if (this.#taken) onPlayed(block, serverTimeMs);
      done += frames;
    }
    this.#options.onTurn();
  }

  #judgeLead(nowMs: number): void {
    const { engine, delayMs } = this.#options;
    if (!Number.isNaN(this.#turnMs)) this.#handOver.note(nowMs - this.#turnMs, nowMs);
    this.#turnMs = nowMs;
    if (nowMs - this.#judgedMs < LEAD_INTERVAL_MS) return;
    this.#judgedMs = nowMs;
    this.#leadMs = this.#handOver.leadMs(delayMs(), engine.stats().neededDelayMs);
  }
}

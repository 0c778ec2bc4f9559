import type { PlayoutEngine, RenderedBlock } from '@loa/shared/playout/playout-engine';
import type { Sink } from '../sinks/sink.ts';
import { localNow, type ServerClock } from '../session/server-clock.ts';

/** Longest block that is rendered at once, in samples: 20 ms. */
const MAX_BLOCK_SAMPLES = 960;

export interface PlayoutLoopOptions<Bus> {
  readonly engine: PlayoutEngine<Bus>;
  readonly sink: Sink;
  readonly clock: ServerClock;
  /** After each block; `serverTimeMs` is when its first sample is heard. */
  onBlock(block: RenderedBlock<Bus>, serverTimeMs: number): void;
}

/** Carries sound from the engine to the sink at the sink's pace. */
export class PlayoutLoop<Bus> {
  readonly #options: PlayoutLoopOptions<Bus>;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: PlayoutLoopOptions<Bus>) {
    this.#options = options;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#turn(), this.#options.sink.pollIntervalMs);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  #turn(): void {
    const { engine, sink, clock, onBlock } = this.#options;
    const demand = sink.demand(localNow());
    for (let done = 0; done < demand.frames;) {
      const frames = Math.min(MAX_BLOCK_SAMPLES, demand.frames - done);
      const serverTimeMs = clock.toServer(demand.heardAtMs + done / 48);
      const block = engine.renderBlock(serverTimeMs, frames);
      sink.write(block.samples, serverTimeMs);
      onBlock(block, serverTimeMs);
      done += frames;
    }
  }
}

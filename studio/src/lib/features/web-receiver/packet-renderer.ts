import { QUIET_BEFORE_MOVE_MS } from '@loa/shared/playout/anchor';
import type { CreateVoiceDecoder } from '@loa/shared/playout/decoder';
import { delayHeardAt } from '@loa/shared/playout/delay-order';
import { PlayoutEngine, type PlayoutSettings, type PushVerdict } from '@loa/shared/playout/playout-engine';
import { fromCsrc } from '@loa/shared/protocol/csrc';
import { OwnDelay } from './own-delay.ts';
import type { PlayoutProgress, RenderedPart } from './page-playout.ts';

/** Progress is told this often, in ms, and at once when what sounds changes. */
export const PROGRESS_MS = 100;

/** One packet as a page's transform reads it. */
export interface PagePacket {
  /** Names stream and connection: sequence numbers begin anew with each. */
  readonly bus: string;
  readonly sequence: number;
  readonly timestamp: number;
  readonly csrc: number;
  /** Own time in ms. */
  readonly arrivedAtMs: number;
  readonly payload: Uint8Array;
}

/** What the renderer has to know of clocks, in ms. */
export interface PageClock {
  /** Server time minus own time. */
  readonly serverOffsetMs: number;
  /** Own time at which a sample is heard minus its context time. */
  readonly outputOffsetMs: number;
  /** How long a sample is under way from the page to the loudspeaker. */
  readonly outputMs: number;
  /** How far apart the readings behind `outputOffsetMs` are; null if it is guessed. */
  readonly outputErrorMs: number | null;
  /** How often the output went on somewhere else, since the page began to play. */
  readonly interruptions: number;
}

/** The engine of every receiver behind the output of a page. Told the time from outside; runs on the audio thread. */
export class PacketRenderer {
  readonly #engine: PlayoutEngine<string>;
  #settings: PlayoutSettings;
  #clock: PageClock | null = null;
  readonly #ownDelay = new OwnDelay();
  #parts = new Map<number, RenderedPart>();
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #told = '';

  constructor(createDecoder: CreateVoiceDecoder, settings: PlayoutSettings) {
    this.#settings = settings;
    this.#engine = new PlayoutEngine(createDecoder, settings);
  }

  configure(settings: PlayoutSettings): void {
    this.#settings = settings;
    this.#engine.configure({ ...settings, leastDelayMs: this.#ownDelay.leastMs });
  }

  /** A new connection begins. What is buffered stays, because stamps go on. */
  join(): void {
    this.#engine.resetBuses();
  }

  setClock(clock: PageClock): void {
    // PO28: what was heard has been interrupted, so the next block may begin where the clock says now.
    if (this.#clock !== null && this.#clock.interruptions !== clock.interruptions) this.#engine.noteInterruption();
    this.#clock = clock;
    const isPause = this.#engine.quietMs() >= QUIET_BEFORE_MOVE_MS;
    if (this.#ownDelay.note(clock.outputMs, isPause)) this.configure(this.#settings);
  }

  /** Null before the clock is known: nothing can be placed yet. */
  push(packet: PagePacket): PushVerdict | null {
    if (this.#clock === null) return null;
    // A page cannot read the marker: the end of a broadcast is known by its payload.
    const label = fromCsrc(packet.csrc);
    return this.#engine.push({ ...packet, label, marker: false }, packet.arrivedAtMs + this.#clock.serverOffsetMs);
  }

  /** Fills `out`, whose first sample has the context time `contextMs`; answers progress when there is some to tell. */
  render(out: Float32Array, contextMs: number): PlayoutProgress | null {
    if (this.#clock === null) return null;
    const { outputOffsetMs, outputErrorMs, serverOffsetMs } = this.#clock;
    const heardMs = contextMs + outputOffsetMs + serverOffsetMs;
    const block = this.#engine.renderBlock(heardMs, out.length);
    out.set(block.samples);
    for (const part of block.rendered) this.#parts.set(part.tag, addPart(this.#parts.get(part.tag), part));
    const sounding = this.#engine.sounding();
    const key = sounding.map(({ tag, role }) => `${tag}${role}`).join();
    if (key === this.#told && contextMs - this.#toldAtMs < PROGRESS_MS) return null;
    this.#told = key;
    this.#toldAtMs = contextMs;
    const rendered = [...this.#parts.values()];
    this.#parts = new Map();
    const { packets, lostPackets, concealedMs, lateMs, jitterMs, extraDelayMs, positionErrorMs } = this.#engine.stats();
    const delayMs = this.#delayMs(heardMs) + extraDelayMs;
    const counts = { packets, lostPackets, concealedMs, lateMs, jitterMs };
    const stats = { ...counts, delayMs, delayAtMs: null, extraDelayMs, positionErrorMs, outputErrorMs };
    return { sounding, rendered, levelDbfs: this.#engine.levelDbfs(), stats };
  }

  /** PO16: as late as everybody, or as late as this page has to. */
  #delayMs(heardMs: number): number {
    return Math.max(delayHeardAt(this.#settings, heardMs), this.#ownDelay.leastMs);
  }
}

/** Two stretches of one broadcast as one. */
function addPart(sum: RenderedPart | undefined, part: RenderedPart): RenderedPart {
  const { tag, rank } = part;
  const heard = part.audibleMs > 0;
  // A part without sound says nothing about when there was sound.
  const fromMs = sum !== undefined && sum.audibleMs > 0 ? sum.fromMs : part.fromMs;
  return {
    tag,
    rank,
    fromMs,
    untilMs: heard || sum === undefined ? part.untilMs : sum.untilMs,
    audibleMs: (sum?.audibleMs ?? 0) + part.audibleMs,
    energy: (sum?.energy ?? 0) + part.energy,
    lostPackets: (sum?.lostPackets ?? 0) + part.lostPackets,
    concealedMs: (sum?.concealedMs ?? 0) + part.concealedMs,
  };
}

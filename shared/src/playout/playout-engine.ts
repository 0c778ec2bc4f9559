import type { BusLabel } from '../protocol/csrc.ts';
import type { Sounding } from '../protocol/receivers.ts';
import { isEnd, isStandIn } from '../protocol/stand-in.ts';
import { judgePosition, QUIET_BEFORE_MOVE_MS } from './anchor.ts';
import type { CreateVoiceDecoder } from './decoder.ts';
import { DelayNeed } from './delay-need.ts';
import { delayOfStamp, paceAt, stampHeardAt, type OrderedDelay } from './delay-order.ts';
import { addTail, fadeOut } from './edges.ts';
import { FADE_MS, listenerGain, type VolumeSettings } from './gain.ts';
import { isTooFarAhead } from './jitter-buffer.ts';
import { Lateness } from './lateness.ts';
import { LevelMeter } from './level-meter.ts';
import { Limiter } from './limiter.ts';
import { mixBlock, type VoiceBlock } from './mixer.ts';
import { PastEnds } from './past-ends.ts';
import { PlayoutLine } from './playout-line.ts';
import { RateControl } from './rate-control.ts';
import { busPayloadMs } from '../protocol/opus-packet.ts';
import { SequenceWindow } from './sequence-window.ts';
import { SAMPLES_PER_MS, toMs, toStampSample, unwrapTimestamp, type StampSample } from './stamp-sample.ts';
import { TransitSpread } from './transit-spread.ts';
import { Voice } from './voice.ts';

/** Broadcasts followed at the same time; only the two highest are ever heard. */
export const MAX_VOICES = 16;
/** A packet this far behind the playout position is not late but a leftover, in ms. */
export const STALE_MS = 2_000;
/** PO30: in the first moments of sound an error is taken up at `MAX_FIRST_RATE_PPM`, in ms. */
export const FIRST_SOUND_MS = 1_500;
const FADE_SAMPLES = FADE_MS * SAMPLES_PER_MS;

/** PO32: what a path needed is forgotten after so long without any broadcast, in ms. */
const NEED_LIFE_MS = 10_000;

/** One packet of a bus as it came from the network. */
export interface BusPacket<Bus> {
  /** Names the stream; sequence numbers are judged per bus. */
  readonly bus: Bus;
  readonly sequence: number;
  /** 32-bit RTP timestamp. */
  readonly timestamp: number;
  readonly label: BusLabel;
  readonly marker: boolean;
  readonly payload: Uint8Array;
}

/** Where a packet belongs, and whether its sound has come before. */
interface Placed {
  readonly start: StampSample;
  readonly samples: number;
  readonly position: StampSample;
  readonly isCopy: boolean;
}

export type PushVerdict =
  'buffered' | 'duplicate' | 'late' | 'stale' | 'too-far-ahead' | 'malformed' | 'too-many' | 'over';

/** A sample is rendered at its stamp plus the ordered delay. */
export interface PlayoutSettings extends VolumeSettings, OrderedDelay {
  /** PO16: the least delay with which this receiver can play at all, whatever is ordered, in ms. */
  readonly leastDelayMs?: number | undefined;
}

export interface PlayoutStats {
  readonly packets: number;
  readonly lostPackets: number;
  readonly concealedMs: number;
  readonly lateMs: number;
  readonly jitterMs: number;
  /** Delay that this receiver adds on its own because packets keep coming late, in ms (PO16). */
  readonly extraDelayMs: number;
  /** The delay with which nearly all packets of the last seconds would have come in time, in ms (PO32); null: too few packets. */
  readonly neededDelayMs: number | null;
  /** How often the position was moved, and how far it is off now, in ms (PO14). */
  readonly moves: number;
  readonly positionErrorMs: number;
  /** Drift of the output against the server that is resampled away, in parts per million (PO27). */
  readonly driftPpm: number;
}

/** What one block really carried of one broadcast: the material of playout records. */
export interface Rendered<Bus> {
  readonly tag: number;
  readonly rank: number;
  readonly role: Sounding['role'] | undefined;
  readonly buses: readonly Bus[];
  /** Server time in ms of the first and the last audible sample of this block. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** Sound sent to the sink, concealed sound included, gaps left silent not. */
  readonly audibleMs: number;
  readonly energy: number;
  readonly lostPackets: number;
  readonly concealedMs: number;
}

export interface RenderedBlock<Bus> {
  /** Mono, -1 to 1, at most -1 dBFS. */
  readonly samples: Float32Array;
  readonly rendered: readonly Rendered<Bus>[];
  /** Milliseconds by which the position was moved before this block; 0 when it went on. */
  readonly movedMs: number;
}

/**
 * PO1: packets in, sound out. The sample with stamp T leaves at server time T plus delay. It is driven by `renderBlock`, which
 * is told when the block will be heard; it has no clock, no network and no timer of its own.
 */
export class PlayoutEngine<Bus> {
  readonly #createDecoder: CreateVoiceDecoder;
  readonly #voices = new Map<number, Voice<Bus>>();
  readonly #windows = new Map<Bus, SequenceWindow>();
  readonly #pastEnds = new PastEnds();
  readonly #limiter = new Limiter();
  readonly #meter = new LevelMeter();
  readonly #lateness = new Lateness();
  readonly #need = new DelayNeed();
  readonly #transit = new TransitSpread();
  readonly #rate = new RateControl();
  #settings: PlayoutSettings;
  #line: PlayoutLine | null = null;
  #interrupted = false;
  #isUnheard = false;
  /** PO14: what is left of the old place after a move, faded out over the new one. */
  #tail: Float32Array = new Float32Array(0);
  #idleSamples = 0;
  /** For how long something has been heard without an end. */
  #heardSamples = 0;
  #sounding: readonly Sounding[] = [];
  #totals = { packets: 0, lostPackets: 0, concealedSamples: 0, lateSamples: 0, moves: 0, error: 0 };

  constructor(createDecoder: CreateVoiceDecoder, settings: PlayoutSettings) {
    this.#createDecoder = createDecoder;
    this.#settings = settings;
  }

  configure(settings: PlayoutSettings): void {
    this.#settings = settings;
  }

  /**
   * The media path of these buses, or of all, is gone or was set up anew: sequence numbers begin anywhere. What is buffered stays, because
   * stamps go on.
   */
  resetBuses(isMeant: (bus: Bus) => boolean = () => true): void {
    for (const bus of this.#windows.keys()) if (isMeant(bus)) this.#windows.delete(bus);
  }

  /** Takes one packet; `nowMs` is the server time at which it came. */
  push(packet: BusPacket<Bus>, nowMs: number): PushVerdict {
    const durationMs = busPayloadMs(packet.payload);
    if (durationMs === null || packet.label.tag === 0) return 'malformed';
    const samples = durationMs * SAMPLES_PER_MS;
    const now = toStampSample(nowMs);
    const start = unwrapTimestamp(packet.timestamp, now);
    if (!this.#window(packet.bus).accept(packet.sequence, start)) return 'duplicate';
    const position = this.#line?.end ?? toWhole(this.#target(nowMs));
    if (isTooFarAhead(start, position)) return 'too-far-ahead';
    if (position - start > STALE_MS * SAMPLES_PER_MS) return 'stale';
    const known = this.#voices.get(packet.label.tag);
    // The marker is repeated and packets overtake each other: neither may bring back what has just gone.
    const ends = packet.marker || isEnd(packet.payload);
    if (known === undefined && this.#pastEnds.isRest(packet.label.tag, start, ends)) return 'over';
    // A copy that comes over another path is late more often than not, and nobody waits for it.
    const isCopy = known !== undefined && !known.noteSeen(start, isStandIn(packet.payload));
    if (!isCopy) {
      this.#totals.packets += 1;
      this.#transit.note(now - start);
      const orderedMs = this.#orderedMs(toMs(start));
      this.#lateness.note(start - position, nowMs, orderedMs);
      this.#need.note(Math.max(orderedMs, this.#lateness.leastMs) - toMs(start - position), nowMs);
    }
    return this.#buffer(packet, { start, samples, position, isCopy });
  }

  /**
   * PO14: what is heard is interrupted anyway, so the next block may begin wherever the clock says. `untilNow`: of the last block
   * nothing was heard, so nothing of it is faded out.
   */
  noteInterruption(untilNow = false): void {
    this.#interrupted = true;
    this.#isUnheard = untilNow;
  }

  /** Renders `frames` samples of which the first is heard at server time `outputMs`. */
  renderBlock(outputMs: number, frames: number): RenderedBlock<Bus> {
    if (this.#meter.quietMs() >= QUIET_BEFORE_MOVE_MS) this.#lateness.notePause();
    const judged = judgePosition(
      this.#line?.position ?? null,
      this.#target(outputMs),
      this.#sounding.length > 0 && !this.#interrupted,
      this.#meter.quietMs(),
    );
    if (judged.moved !== 0) this.#move();
    this.#interrupted = this.#isUnheard = false;
    this.#totals.error = judged.error;
    const begins = this.#line === null || judged.moved !== 0;
    const line = begins ? new PlayoutLine(toWhole(judged.position)) : (this.#line as PlayoutLine);
    this.#line = line;
    const isFirst = this.#heardSamples < FIRST_SOUND_MS * SAMPLES_PER_MS;
    const step = this.#rate.next(judged.error, frames, isFirst) * this.#paceAt(outputMs);
    const rendered = this.#mix(line, line.missing(frames, step), outputMs + toMs((line.end - line.position) / step));
    const samples = new Float32Array(frames);
    line.render(samples, step);
    this.#tail = addTail(samples, this.#tail);
    this.#limiter.process(samples);
    this.#meter.note(samples);
    this.#heardSamples = this.#sounding.length > 0 ? this.#heardSamples + frames : 0;
    this.#retire(frames);
    return { samples, rendered: rendered.filter(hasSubstance), movedMs: toMs(judged.moved) };
  }

  /** Adds samples to the line, of which the first is heard at `heardMs`. */
  #mix(line: PlayoutLine, count: number, heardMs: number): Rendered<Bus>[] {
    if (count === 0) return [];
    const mixed = new Float32Array(count);
    const blocks = mixBlock([...this.#voices.values()], line.end, mixed, this.#settings);
    line.append(mixed);
    const rendered = blocks.map((block) => this.#account(block, heardMs));
    this.#sounding = blocks.flatMap((block) => toSounding(block));
    return rendered;
  }

  /** PO17: what is heard now, judged by what was sent to the sink. */
  sounding(): readonly Sounding[] {
    return this.#sounding;
  }

  levelDbfs(): number | null {
    return this.#meter.levelDbfs();
  }

  /** For how long nothing has been heard, in ms. */
  quietMs(): number {
    return this.#meter.quietMs();
  }

  stats(): PlayoutStats {
    const totals = this.#totals;
    return {
      packets: totals.packets,
      lostPackets: totals.lostPackets,
      concealedMs: toMs(totals.concealedSamples),
      lateMs: toMs(totals.lateSamples),
      jitterMs: toMs(this.#transit.spread()),
      extraDelayMs: this.#lateness.extraMs(this.#orderedMs(toMs(this.#line?.position ?? 0))),
      neededDelayMs: this.#need.ms,
      moves: totals.moves,
      positionErrorMs: toMs(totals.error),
      driftPpm: this.#rate.driftPpm,
    };
  }

  close(): void {
    for (const voice of this.#voices.values()) voice.close();
    this.#voices.clear();
    this.#sounding = [];
  }

  /** What is ordered for a stamp, as far as this receiver can play with it, in ms. */
  #orderedMs(stampMs: number): number {
    return Math.max(delayOfStamp(this.#settings, stampMs), this.#settings.leastDelayMs ?? 0);
  }

  get #leastMs(): number {
    return Math.max(this.#lateness.leastMs, this.#settings.leastDelayMs ?? 0);
  }

  /** The stamp, with a fraction, that is to be heard then. */
  #target(outputMs: number): StampSample {
    return Math.min(stampHeardAt(this.#settings, outputMs), outputMs - this.#leastMs) * SAMPLES_PER_MS;
  }

  /** PO31: how fast stamps pass at that time, while the delay is being moved. */
  #paceAt(outputMs: number): number {
    const behindAll = stampHeardAt(this.#settings, outputMs) > outputMs - this.#leastMs;
    return behindAll ? 1 : paceAt(this.#settings, outputMs);
  }

  #window(bus: Bus): SequenceWindow {
    const known = this.#windows.get(bus);
    if (known) return known;
    const window = new SequenceWindow();
    this.#windows.set(bus, window);
    return window;
  }

  #buffer(packet: BusPacket<Bus>, { start, samples, position, isCopy }: Placed): PushVerdict {
    const known = this.#voices.get(packet.label.tag);
    const ends = packet.marker || isEnd(packet.payload);
    if (known === undefined && this.#pastEnds.isTail(packet.label.tag, start + samples, position)) return 'over';
    if (known === undefined && !this.#makeRoomFor(packet.label.rank)) return 'too-many';
    const voice = known ?? this.#open(packet.label);
    if (known === undefined) voice.noteSeen(start, isStandIn(packet.payload));
    voice.presence.note(packet.bus, start, samples, ends);
    if (isCopy) return 'duplicate';
    if (start + samples <= position || voice.isLate(start + samples)) {
      this.#totals.lateSamples += samples;
      return 'late';
    }
    const standIn = isStandIn(packet.payload);
    return voice.buffer.insert({ start, samples, payload: packet.payload, standIn }) ? 'buffered' : 'duplicate';
  }

  /** PO18, BR10: when all places are taken, the lowest rank gives way to a higher one. */
  #makeRoomFor(rank: number): boolean {
    if (this.#voices.size < MAX_VOICES) return true;
    const [lowest] = [...this.#voices.values()].sort((a, b) => a.label.rank - b.label.rank);
    if (!lowest || lowest.label.rank >= rank) return false;
    lowest.close();
    this.#voices.delete(lowest.label.tag);
    return true;
  }

  #open(label: BusLabel): Voice<Bus> {
    const voice = new Voice<Bus>(label, this.#createDecoder(label.tag), listenerGain(this.#settings, label.rank));
    this.#voices.set(label.tag, voice);
    return voice;
  }

  /** The sound of the old place goes on while it fades out and that of the new one fades in: a jump is no click. */
  #move(): void {
    this.#totals.moves += 1;
    if (this.#line && this.#sounding.length > 0 && !this.#isUnheard) {
      const tail = new Float32Array(FADE_SAMPLES);
      const mixed = new Float32Array(this.#line.missing(tail.length, 1));
      mixBlock([...this.#voices.values()], this.#line.end, mixed, this.#settings);
      this.#line.append(mixed);
      this.#line.render(tail, 1);
      this.#tail = fadeOut(tail);
    }
    for (const voice of this.#voices.values()) voice.fadeInAnew();
  }

  #account(block: VoiceBlock<Bus>, heardMs: number): Rendered<Bus> {
    const { voice } = block;
    const counts = voice.takeCounts();
    this.#totals.lostPackets += counts.lostPackets;
    this.#totals.concealedSamples += counts.concealedSamples;
    const fromMs = heardMs + toMs(block.firstAudible ?? 0);
    if (block.audibleSamples > 0 && !voice.standsIn) voice.firstSoundAt ??= Math.round(fromMs);
    return {
      tag: voice.label.tag,
      rank: voice.label.rank,
      role: block.role,
      buses: voice.presence.buses(),
      fromMs,
      untilMs: fromMs + toMs(block.audibleSamples),
      audibleMs: toMs(block.soundSamples),
      energy: block.energy,
      lostPackets: counts.lostPackets,
      concealedMs: toMs(counts.concealedSamples),
    };
  }

  /** PO18: a broadcast that is over frees its decoder. */
  #retire(frames: number): void {
    const position = this.#line?.end ?? 0;
    for (const [tag, voice] of this.#voices) {
      if (!voice.presence.isOver(position)) continue;
      const markedEnd = voice.presence.markedEnd();
      if (markedEnd !== null) this.#pastEnds.note(tag, markedEnd);
      voice.close();
      this.#voices.delete(tag);
    }
    this.#idleSamples = this.#voices.size > 0 ? 0 : this.#idleSamples + frames;
    this.#lateness.noteSilence(toMs(this.#idleSamples));
    if (toMs(this.#idleSamples) > NEED_LIFE_MS) this.#need.forget();
  }
}

const toWhole = (place: StampSample): StampSample => Math.round(place);

function toSounding<Bus>(block: VoiceBlock<Bus>): Sounding[] {
  const { voice, role } = block;
  if (role === undefined || block.audibleSamples === 0 || voice.firstSoundAt === null || voice.standsIn) return [];
  return [{ tag: voice.label.tag, rank: voice.label.rank, role, firstSoundAt: voice.firstSoundAt }];
}

function hasSubstance<Bus>(rendered: Rendered<Bus>): boolean {
  return rendered.audibleMs > 0 || rendered.lostPackets > 0 || rendered.concealedMs > 0;
}

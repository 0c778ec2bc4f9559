import { listenerGain, type VolumeSettings } from '@loa/shared/playout/gain';
import { delayOfStamp, stampHeardAt } from '@loa/shared/playout/delay-order';
import { PastEnds } from '@loa/shared/playout/past-ends';
import type { PlayoutSettings, Rendered } from '@loa/shared/playout/playout-engine';
import { Presence } from '@loa/shared/playout/presence';
import { selectRoles, type Role } from '@loa/shared/playout/selection';
import { SequenceWindow } from '@loa/shared/playout/sequence-window';
import { toMs, toStampSample, unwrapTimestamp, type StampSample } from '@loa/shared/playout/stamp-sample';
import { fromCsrc, type BusLabel } from '@loa/shared/protocol/csrc';
import { FRAME_MS } from '@loa/shared/protocol/limits';
import type { Sounding } from '@loa/shared/protocol/receivers';
import type { Arrival } from '../path/arrival.ts';

/** Length that is assumed of each packet, in samples: it stands in the payload, which is encrypted. */
const PACKET_SAMPLES = toStampSample(FRAME_MS);
/** Tags remembered for telling the first packet of a broadcast. */
const KNOWN_TAGS = 256;
const STALE_SAMPLES = toStampSample(2_000);
/** Stamps of one broadcast remembered for telling what comes over two paths (PO41): so many packets lie between now and what is stale. */
const KNOWN_STAMPS = STALE_SAMPLES / PACKET_SAMPLES;

/** Who is heard changed: from this server time on (ms, with fractions) it is these. */
export interface HeardChange {
  readonly atMs: number;
  readonly sounding: readonly Sounding[];
}

interface Programme {
  readonly label: BusLabel;
  readonly presence: Presence<string>;
  readonly stamps: Set<StampSample>;
  firstSoundAt: number | null;
  newest: StampSample;
  packets: number;
  lostPackets: number;
}

export interface LightStats {
  packets: number;
  lostPackets: number;
  latePackets: number;
}

/**
 * What the playout engine would let be heard, from packet headers alone: the same presence and selection, no sound. Time
 * moves by `advance`.
 */
export class LightPlayout {
  readonly #programmes = new Map<number, Programme>();
  readonly #windows = new Map<string, SequenceWindow>();
  readonly #known = new Set<number>();
  readonly #pastEnds = new PastEnds();
  readonly #onChange: (change: HeardChange) => void;
  readonly stats: LightStats = { packets: 0, lostPackets: 0, latePackets: 0 };
  #settings: PlayoutSettings;
  #position: StampSample | null = null;
  #roles: ReadonlyMap<number, Role> = new Map();

  constructor(settings: PlayoutSettings, onChange: (change: HeardChange) => void) {
    this.#settings = settings;
    this.#onChange = onChange;
  }

  configure(settings: PlayoutSettings): void {
    this.#settings = settings;
  }

  /** The paths of these buses are gone. */
  resetBuses(isMeant: (bus: string) => boolean): void {
    for (const bus of this.#windows.keys()) if (isMeant(bus)) this.#windows.delete(bus);
  }

  /** Notes a packet; true if it is the first one of its broadcast. */
  note(bus: string, arrival: Arrival, nowMs: number): boolean {
    const label = fromCsrc(arrival.csrc ?? 0);
    const start = unwrapTimestamp(arrival.timestamp, toStampSample(nowMs));
    const position = this.#target(nowMs);
    if (label.tag === 0 || position - start > STALE_SAMPLES || !this.#isNew(bus, arrival.sequence, start)) return false;
    const known = this.#programmes.get(label.tag);
    if (known?.stamps.has(start)) {
      known.presence.note(bus, start, PACKET_SAMPLES, arrival.marker);
      return false;
    }
    if (known === undefined && this.#pastEnds.isRest(label.tag, start, arrival.marker)) return false;
    this.stats.packets += 1;
    if (start < position) this.stats.latePackets += 1;
    if (known === undefined && this.#pastEnds.isTail(label.tag, start + PACKET_SAMPLES, position)) return false;
    const programme = known ?? this.#open(label, start);
    programme.presence.note(bus, start, PACKET_SAMPLES, arrival.marker);
    remember(programme.stamps, start);
    this.#countLoss(programme, start);
    return this.#isFirst(label.tag);
  }

  /** Moves on to what is heard at `nowMs`; returns what was heard since the last call. */
  advance(nowMs: number): Rendered<string>[] {
    const until = this.#target(nowMs);
    let from = this.#position ?? until;
    const heard: Rendered<string>[] = [];
    for (const cut of this.#cutsUntil(from, until)) {
      for (const [tag, role] of this.#roles) heard.push(...this.#rendered(tag, role, from, cut));
      from = cut;
      this.#select(cut);
    }
    this.#position = Math.max(until, from);
    for (const [tag, programme] of this.#programmes) {
      if (!programme.presence.isOver(this.#position)) continue;
      const markedEnd = programme.presence.markedEnd();
      if (markedEnd !== null) this.#pastEnds.note(tag, markedEnd);
      this.#programmes.delete(tag);
    }
    return heard;
  }

  sounding(): Sounding[] {
    return [...this.#roles].flatMap(([tag, role]) => {
      const programme = this.#programmes.get(tag);
      if (programme === undefined || programme.firstSoundAt === null) return [];
      return [{ tag, rank: programme.label.rank, role, firstSoundAt: programme.firstSoundAt }];
    });
  }

  /** True once per tag, also if the broadcast was out in between. */
  #isFirst(tag: number): boolean {
    if (this.#known.has(tag)) return false;
    this.#known.add(tag);
    const [oldest] = this.#known;
    if (this.#known.size > KNOWN_TAGS && oldest !== undefined) this.#known.delete(oldest);
    return true;
  }

  #target(nowMs: number): StampSample {
    return toStampSample(stampHeardAt(this.#settings, nowMs));
  }

  #isNew(bus: string, sequence: number, start: StampSample): boolean {
    const window = this.#windows.get(bus) ?? new SequenceWindow();
    this.#windows.set(bus, window);
    return window.accept(sequence, start);
  }

  #open(label: BusLabel, start: StampSample): Programme {
    const programme = {
      label,
      presence: new Presence<string>(),
      stamps: new Set<StampSample>(),
      firstSoundAt: null,
      newest: start - PACKET_SAMPLES,
      packets: 0,
      lostPackets: 0,
    };
    this.#programmes.set(label.tag, programme);
    return programme;
  }

  #countLoss(programme: Programme, start: StampSample): void {
    const missing = Math.round((start - programme.newest) / PACKET_SAMPLES) - 1;
    if (missing > 0) programme.lostPackets += missing;
    // One that was overtaken was counted as missing before.
    if (missing < 0) programme.lostPackets = Math.max(0, programme.lostPackets - 1);
    programme.newest = Math.max(programme.newest, start);
    programme.packets += 1;
  }

  /** Where roles may change after `from`, up to and including `until`. */
  #cutsUntil(from: StampSample, until: StampSample): StampSample[] {
    const cuts = new Set([until]);
    for (const programme of this.#programmes.values()) {
      for (const edge of programme.presence.edges()) if (edge > from && edge < until) cuts.add(edge);
    }
    return [...cuts].filter((cut) => cut >= from).sort((a, b) => a - b);
  }

  #select(at: StampSample): void {
    const audible = [...this.#programmes.values()].filter(
      ({ presence, label }) => presence.isIn(at) && isAudible(this.#settings, label.rank),
    );
    const roles = selectRoles(audible.map(({ label }) => label));
    const same = roles.size === this.#roles.size && [...roles].every(([tag, role]) => this.#roles.get(tag) === role);
    if (same) return;
    this.#roles = roles;
    const atMs = toMs(at) + delayOfStamp(this.#settings, toMs(at));
    for (const tag of roles.keys()) {
      const programme = this.#programmes.get(tag);
      if (programme) programme.firstSoundAt ??= Math.round(atMs);
    }
    this.#onChange({ atMs, sounding: this.sounding() });
  }

  #rendered(tag: number, role: Role, from: StampSample, until: StampSample): Rendered<string>[] {
    const programme = this.#programmes.get(tag);
    if (programme === undefined || until <= from) return [];
    const lostPackets = programme.lostPackets;
    programme.lostPackets = 0;
    this.stats.lostPackets += lostPackets;
    const fromMs = toMs(from) + delayOfStamp(this.#settings, toMs(from));
    const audibleMs = toMs(until - from);
    return [
      {
        tag,
        rank: programme.label.rank,
        role,
        buses: programme.presence.buses(),
        fromMs,
        untilMs: fromMs + audibleMs,
        audibleMs,
        energy: 0,
        lostPackets,
        concealedMs: 0,
      },
    ];
  }
}

function remember(stamps: Set<StampSample>, stamp: StampSample): void {
  stamps.add(stamp);
  const [oldest] = stamps;
  if (stamps.size > KNOWN_STAMPS && oldest !== undefined) stamps.delete(oldest);
}

function isAudible(settings: VolumeSettings, rank: number): boolean {
  return listenerGain(settings, rank) > 0;
}

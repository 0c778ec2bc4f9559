import type { ReceiverId, ZoneId } from '../ids.ts';
import type { PlayoutRecord } from '../protocol/receivers.ts';
import { toLevelDbfs } from './level-meter.ts';
import type { Rendered } from './playout-engine.ts';
import { SAMPLES_PER_MS } from './stamp-sample.ts';

/** A pause longer than this ends a record, in ms (PROTOCOL.md: "without a pause of more than 10 s"). */
export const RECORD_PAUSE_MS = 10_000;
/** An open record that grew is sent again this often, in ms; the protocol asks for at least every 10 s (see `MESSAGE_INTERVAL_MS`). */
export const RECORD_RESEND_MS = 7_000;

interface OpenRecord {
  readonly id: string;
  readonly tag: number;
  readonly rank: number;
  readonly zoneId: ZoneId;
  readonly firstSoundMs: number;
  lastSoundMs: number;
  renderedMs: number;
  lostPackets: number;
  concealedMs: number;
  energy: number;
  /** When it was last given out, and whether it grew since. */
  givenAtMs: number | null;
  grown: boolean;
}

/**
 * PO20: adds up what was rendered, one record per broadcast and stretch. `now` is the server time of what is heard now; ids
 * come from outside.
 */
export class RecordBook {
  readonly #receiverId: ReceiverId;
  readonly #makeId: () => string;
  readonly #open = new Map<number, OpenRecord>();

  constructor(receiverId: ReceiverId, makeId: () => string) {
    this.#receiverId = receiverId;
    this.#makeId = makeId;
  }

  /** Notes one block of one broadcast. A record begins with the first sound and not with a loss. */
  note(
    rendered: Pick<
      Rendered<unknown>,
      'tag' | 'rank' | 'fromMs' | 'untilMs' | 'audibleMs' | 'energy' | 'lostPackets' | 'concealedMs'
    >,
    zoneId: ZoneId,
  ): void {
    const known = this.#open.get(rendered.tag);
    if (known === undefined && rendered.audibleMs <= 0) return;
    const record = known ?? this.#begin(rendered, zoneId);
    record.grown = true;
    record.lostPackets += rendered.lostPackets;
    record.concealedMs += rendered.concealedMs;
    if (rendered.audibleMs <= 0) return;
    record.lastSoundMs = rendered.untilMs;
    record.renderedMs += rendered.audibleMs;
    record.energy += rendered.energy;
  }

  /** The records that are due now: new ones at once, grown ones every `RECORD_RESEND_MS`, ended ones as final. */
  takeDue(nowMs: number): PlayoutRecord[] {
    const due: PlayoutRecord[] = [];
    for (const record of this.#open.values()) {
      // TL8: a clock that was set back makes times of the future; what is open then belongs to the time before.
      const final = Math.abs(nowMs - record.lastSoundMs) > RECORD_PAUSE_MS;
      const sinceGiven = record.givenAtMs === null ? Infinity : Math.abs(nowMs - record.givenAtMs);
      const grown = record.grown && sinceGiven >= RECORD_RESEND_MS;
      if (final || grown) due.push(this.#give(record, nowMs, final));
    }
    return due;
  }

  /** Closes everything: the receiver ends. */
  takeAll(nowMs: number): PlayoutRecord[] {
    return [...this.#open.values()].map((record) => this.#give(record, nowMs, true));
  }

  #begin(rendered: Pick<Rendered<unknown>, 'tag' | 'rank' | 'fromMs'>, zoneId: ZoneId): OpenRecord {
    const record: OpenRecord = {
      id: this.#makeId(),
      tag: rendered.tag,
      rank: rendered.rank,
      zoneId,
      firstSoundMs: rendered.fromMs,
      lastSoundMs: rendered.fromMs,
      renderedMs: 0,
      lostPackets: 0,
      concealedMs: 0,
      energy: 0,
      givenAtMs: null,
      grown: true,
    };
    this.#open.set(rendered.tag, record);
    return record;
  }

  #give(record: OpenRecord, nowMs: number, final: boolean): PlayoutRecord {
    record.givenAtMs = nowMs;
    record.grown = false;
    if (final) this.#open.delete(record.tag);
    return {
      id: record.id,
      receiverId: this.#receiverId,
      tag: record.tag,
      rank: record.rank,
      zoneId: record.zoneId,
      firstSoundAt: Math.round(record.firstSoundMs),
      lastSoundAt: Math.round(record.lastSoundMs),
      renderedMs: Math.round(record.renderedMs),
      lostPackets: record.lostPackets,
      concealedMs: Math.round(record.concealedMs),
      levelDbfs: toLevelDbfs(record.energy, record.renderedMs * SAMPLES_PER_MS),
      final,
    };
  }
}

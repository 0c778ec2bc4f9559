import { toLevelDbfs } from '@loa/shared/playout/level-meter';
import type { ReceiverId, ZoneId } from '@loa/shared/ids';
import { MAX_RECORDS_PER_MESSAGE } from '@loa/shared/protocol/limits';
import type { PlayoutRecord } from '@loa/shared/protocol/receivers';

/** A pause longer than this ends a record. */
const PAUSE_MS = 10_000;
const RESEND_MS = 8_000;
/** Records kept while the server is away; older ones are given up first. */
const MAX_KEPT = 500;

export interface RenderedSlice {
  readonly tag: number;
  readonly rank: number;
  readonly zoneId: ZoneId;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly concealedMs: number;
  readonly lostPackets: number;
  readonly levelDbfs: number | null;
}

interface Open {
  record: PlayoutRecord;
  energy: number;
  sentAtMs: number | null;
  grown: boolean;
}

/** What this page rendered, one record per broadcast and stretch, until the server has stored it. */
export class PageRecords {
  readonly #receiverId: ReceiverId;
  readonly #makeId: () => string;
  readonly #open = new Map<number, Open>();
  #waiting = new Map<string, PlayoutRecord>();

  constructor(receiverId: ReceiverId, makeId: () => string) {
    this.#receiverId = receiverId;
    this.#makeId = makeId;
  }

  note(slice: RenderedSlice): void {
    const open = this.#open.get(slice.tag) ?? this.#begin(slice);
    const lengthMs = slice.untilMs - slice.fromMs;
    const renderedMs = open.record.renderedMs + lengthMs;
    open.energy += slice.levelDbfs === null ? 0 : 10 ** (slice.levelDbfs / 10) * lengthMs;
    open.grown = true;
    open.record = {
      ...open.record,
      lastSoundAt: Math.round(slice.untilMs),
      renderedMs,
      concealedMs: open.record.concealedMs + slice.concealedMs,
      lostPackets: open.record.lostPackets + slice.lostPackets,
      levelDbfs: toLevelDbfs(open.energy, renderedMs),
    };
  }

  /** What should be sent now: new at once, grown ones now and then, ended ones as final; and what was not acknowledged. */
  due(nowMs: number): readonly PlayoutRecord[] {
    for (const [tag, open] of this.#open) {
      const final = nowMs - open.record.lastSoundAt > PAUSE_MS;
      const grown = open.grown && (open.sentAtMs === null || nowMs - open.sentAtMs >= RESEND_MS);
      if (!final && !grown) continue;
      open.sentAtMs = nowMs;
      open.grown = false;
      this.#waiting.set(open.record.id, { ...open.record, final });
      if (final) this.#open.delete(tag);
    }
    for (const id of [...this.#waiting.keys()].slice(0, Math.max(0, this.#waiting.size - MAX_KEPT))) {
      this.#waiting.delete(id);
    }
    return [...this.#waiting.values()].slice(0, MAX_RECORDS_PER_MESSAGE);
  }

  /** Forgets what the server has stored, unless it has grown since it was sent. */
  stored(ids: readonly string[], sent: readonly PlayoutRecord[]): void {
    for (const record of sent) {
      if (ids.includes(record.id) && this.#waiting.get(record.id) === record) this.#waiting.delete(record.id);
    }
  }

  #begin(slice: RenderedSlice): Open {
    const open: Open = {
      record: {
        id: this.#makeId(),
        receiverId: this.#receiverId,
        tag: slice.tag,
        rank: slice.rank,
        zoneId: slice.zoneId,
        firstSoundAt: Math.round(slice.fromMs),
        lastSoundAt: Math.round(slice.fromMs),
        renderedMs: 0,
        lostPackets: 0,
        concealedMs: 0,
        levelDbfs: null,
        final: false,
      },
      energy: 0,
      sentAtMs: null,
      grown: true,
    };
    this.#open.set(slice.tag, open);
    return open;
  }
}

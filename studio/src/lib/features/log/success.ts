import type { ZoneId } from '@loa/shared/ids';
import { isLoudspeaker, type PlayoutRecord, type ReceiverView } from '@loa/shared/protocol/receivers';

/** The bounds of the trade: from 80 % on a broadcast counts as good, up to 60 % as poor. */
export const GOOD_RATIO = 0.8;
export const BAD_RATIO = 0.6;

/** So many records of a broadcast the door gives at most. Where there are as many some may be missing, and nobody is judged. */
export const MOST_RECORDS = 2_000;

export type Verdict = 'good' | 'fair' | 'bad';

export function verdictOf(ratio: number): Verdict {
  if (ratio >= GOOD_RATIO) return 'good';
  return ratio <= BAD_RATIO ? 'bad' : 'fair';
}

/** One receiver's part in one broadcast, all its records together. */
export interface ReceiverShare {
  readonly receiverId: string;
  readonly renderedMs: number;
  readonly lostPackets: number;
  readonly concealedMs: number;
  readonly firstSoundAt: number;
  /** Rendered over what was on the air in its zone, at most 1; null when that is not known. */
  readonly ratio: number | null;
}

type CountedRecord = Pick<
  PlayoutRecord,
  'receiverId' | 'zoneId' | 'renderedMs' | 'lostPackets' | 'concealedMs' | 'firstSoundAt'
>;

/** How long the broadcast was on the air in a zone, in ms; null when that is not known. */
export type AirMs = (zone: ZoneId) => number | null;

/** Concealed audio was made up by the receiver: it does not count as played. */
export function sharesOf(records: readonly CountedRecord[], airMs: AirMs): readonly ReceiverShare[] {
  const complete = records.length < MOST_RECORDS;
  const zones = new Map(records.map(({ receiverId, zoneId }) => [receiverId as string, zoneId]));
  const byReceiver = new Map<string, Omit<ReceiverShare, 'ratio'>>();
  for (const record of records) {
    const old = byReceiver.get(record.receiverId);
    byReceiver.set(record.receiverId, {
      receiverId: record.receiverId,
      renderedMs: (old?.renderedMs ?? 0) + record.renderedMs,
      lostPackets: (old?.lostPackets ?? 0) + record.lostPackets,
      concealedMs: (old?.concealedMs ?? 0) + record.concealedMs,
      firstSoundAt: Math.min(old?.firstSoundAt ?? Number.POSITIVE_INFINITY, record.firstSoundAt),
    });
  }
  return [...byReceiver.values()]
    .map((share) => {
      const zone = zones.get(share.receiverId);
      const lengthMs = zone === undefined || !complete ? null : airMs(zone);
      return { ...share, ratio: lengthMs === null ? null : ratioOf(share.renderedMs - share.concealedMs, lengthMs) };
    })
    .sort((a, b) => (a.ratio ?? 0) - (b.ratio ?? 0));
}

/**
 * How many ought to have played it: those that are installed in its zones, and whoever did. A page that was closed, a load
 * test that is over and a zone in which it never was on the air are no failures.
 */
export function expectedCount(
  inZones: readonly Pick<ReceiverView, 'receiverId' | 'kind' | 'zoneId'>[],
  shares: readonly Pick<ReceiverShare, 'receiverId'>[],
  airMs: AirMs,
): number {
  const installed = inZones.filter((receiver) => isLoudspeaker(receiver) && airMs(receiver.zoneId) !== 0);
  return new Set([...installed, ...shares].map(({ receiverId }) => receiverId as string)).size;
}

/** Mean over the receivers that ought to have played it; those without a record count as zero. Null: there is no telling. */
export function overallRatio(shares: readonly ReceiverShare[], expected: number): number | null {
  const count = Math.max(expected, shares.length);
  const ratios = shares.flatMap(({ ratio }) => ratio ?? []);
  if (count === 0 || ratios.length < shares.length) return null;
  return ratios.reduce((sum, ratio) => sum + ratio, 0) / count;
}

function ratioOf(playedMs: number, lengthMs: number): number {
  // Where nothing was on the air nothing is missing.
  return lengthMs <= 0 ? 1 : Math.min(1, Math.max(0, playedMs / lengthMs));
}

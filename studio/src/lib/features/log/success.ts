import type { PlayoutRecord, ReceiverView } from '@loa/shared/protocol/receivers';

/** The bounds of the trade: from 80 % on a broadcast counts as good, up to 60 % as poor. */
export const GOOD_RATIO = 0.8;
export const BAD_RATIO = 0.6;

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
  /** Rendered over the length of the broadcast, at most 1. */
  readonly ratio: number;
}

type CountedRecord = Pick<PlayoutRecord, 'receiverId' | 'renderedMs' | 'lostPackets' | 'concealedMs' | 'firstSoundAt'>;

/** Concealed audio was made up by the receiver: it does not count as played. */
export function sharesOf(records: readonly CountedRecord[], lengthMs: number): readonly ReceiverShare[] {
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
    .map((share) => ({ ...share, ratio: ratioOf(share.renderedMs - share.concealedMs, lengthMs) }))
    .sort((a, b) => a.ratio - b.ratio);
}

/**
 * How many ought to have played it: those that are installed in its zones, and whoever did. A page that was closed and a load
 * test that is over are no failures.
 */
export function expectedCount(
  inZones: readonly Pick<ReceiverView, 'receiverId' | 'kind'>[],
  shares: readonly Pick<ReceiverShare, 'receiverId'>[],
): number {
  const installed = inZones.filter(({ kind }) => kind === 'loudspeaker' || kind === 'bridge');
  return new Set([...installed, ...shares].map(({ receiverId }) => receiverId as string)).size;
}

/** Mean over the receivers that ought to have played it; those without a record count as zero. */
export function overallRatio(shares: readonly ReceiverShare[], expected: number): number | null {
  const count = Math.max(expected, shares.length);
  if (count === 0) return null;
  return shares.reduce((sum, share) => sum + share.ratio, 0) / count;
}

function ratioOf(playedMs: number, lengthMs: number): number {
  return lengthMs <= 0 ? 0 : Math.min(1, Math.max(0, playedMs / lengthMs));
}

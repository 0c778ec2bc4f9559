import type { ReceiverReport } from '@loa/shared/protocol/receivers';

/** Packets since this door began. */
export interface ReceivedPackets {
  readonly received: number;
  readonly lost: number;
}

export const NO_PACKETS: ReceivedPackets = Object.freeze({ received: 0, lost: 0 });

type Counts = Pick<ReceiverReport, 'packets' | 'lostPackets'>;

/**
 * Adds what a receiver has got and missed since its report before this one. Its counts begin with its process; what was before its
 * first report to this door was another door's to count.
 */
export function addReport(sum: ReceivedPackets, before: Counts | null, report: Counts): ReceivedPackets {
  if (!before) return sum;
  const isNewProcess = report.packets < before.packets;
  const from = isNewProcess ? { packets: 0, lostPackets: 0 } : before;
  return {
    received: sum.received + report.packets - from.packets,
    // The numbers come from outside; whatever they are, a counter must not fall.
    lost: sum.lost + Math.max(0, report.lostPackets - from.lostPackets),
  };
}

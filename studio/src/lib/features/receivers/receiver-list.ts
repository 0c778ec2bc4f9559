import type { ReceiverView } from '@loa/shared/protocol/receivers';
import { foldVietnamese } from '@loa/shared/zones/search';
import type { ZoneTree } from '@loa/shared/zones/zone-tree';
import { fullName } from '../zones/zone-names.ts';

export type ReceiverFilter = 'all' | 'sounding' | 'online' | 'offline' | 'trouble';

/** From this share of lost packets on a listener notices. */
export const LOSS_TROUBLE = 0.02;

/** Share of packets lost since the receiver started, 0 to 1. */
export function lossOf(receiver: ReceiverView): number {
  const report = receiver.report;
  if (!report || report.packets + report.lostPackets === 0) return 0;
  return report.lostPackets / (report.packets + report.lostPackets);
}

export function isSounding(receiver: ReceiverView): boolean {
  return receiver.online && (receiver.report?.sounding.length ?? 0) > 0;
}

/** Online but not fit to be heard: the path is gone, packets are lost, or it says so itself. */
export function isInTrouble(receiver: ReceiverView): boolean {
  const report = receiver.report;
  if (!receiver.online || !report) return false;
  return report.path === 'lost' || report.problem !== null || lossOf(receiver) > LOSS_TROUBLE;
}

const FILTERS: Record<ReceiverFilter, (receiver: ReceiverView) => boolean> = {
  all: () => true,
  sounding: isSounding,
  online: (receiver) => receiver.online,
  offline: (receiver) => !receiver.online,
  trouble: isInTrouble,
};

/** Trouble first, then offline, then by name; what needs a person is on top. */
export function listReceivers(
  receivers: Iterable<ReceiverView>,
  filter: ReceiverFilter,
  query: string,
  tree: ZoneTree | null,
): readonly ReceiverView[] {
  const words = foldVietnamese(query).split(' ');
  const collator = new Intl.Collator('vi', { numeric: true });
  const weight = (receiver: ReceiverView) => (isInTrouble(receiver) ? 0 : receiver.online ? 2 : 1);
  return [...receivers]
    .filter((receiver) => {
      if (!FILTERS[filter](receiver)) return false;
      const text = foldVietnamese(`${receiver.name} ${receiver.receiverId} ${fullName(tree, receiver.zoneId)}`);
      return words.every((word) => text.includes(word));
    })
    .sort((a, b) => weight(a) - weight(b) || collator.compare(a.name, b.name));
}

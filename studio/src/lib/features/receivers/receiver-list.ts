import type { ReceiverView } from '@loa/shared/protocol/receivers';
import { foldVietnamese } from '@loa/shared/zones/search';
import type { ZoneTree } from '@loa/shared/zones/zone-tree';
import { fullName } from '../zones/zone-names.ts';

export type ReceiverFilter = 'all' | 'sounding' | 'online' | 'offline' | 'trouble';

/** From this share of lost packets on a listener notices. */
export const LOSS_TROUBLE = 0.02;

export function isSounding(receiver: ReceiverView): boolean {
  return receiver.online && (receiver.report?.sounding.length ?? 0) > 0;
}

/** Online but not fit to be heard: there is no path, packets are lost (`loss`, lately, 0 to 1), or it says so itself. */
export function isInTrouble(receiver: ReceiverView, loss: number): boolean {
  const report = receiver.report;
  if (!receiver.online || !report) return false;
  return report.path !== 'up' || report.problem !== null || loss > LOSS_TROUBLE;
}

/** PO40: it hears emergencies from two nodes. */
export function hasSecondPath({ online, report }: ReceiverView): boolean {
  return online && (report?.secondPath ?? false);
}

const FILTERS: Record<ReceiverFilter, (receiver: ReceiverView, loss: number) => boolean> = {
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
  lossOf: (receiverId: string) => number,
): readonly ReceiverView[] {
  const words = foldVietnamese(query).split(' ');
  const collator = new Intl.Collator('vi', { numeric: true });
  const weight = (receiver: ReceiverView) =>
    isInTrouble(receiver, lossOf(receiver.receiverId)) ? 0 : receiver.online ? 2 : 1;
  return [...receivers]
    .filter((receiver) => {
      if (!FILTERS[filter](receiver, lossOf(receiver.receiverId))) return false;
      const text = foldVietnamese(`${receiver.name} ${receiver.receiverId} ${fullName(tree, receiver.zoneId)}`);
      return words.every((word) => text.includes(word));
    })
    .sort((a, b) => weight(a) - weight(b) || collator.compare(a.name, b.name));
}

import type { LiveBroadcast } from '@loa/shared/broadcasts/state';
import type { ReceiverView, Tally } from '@loa/shared/protocol/receivers';
import { containsRange } from '@loa/shared/zones/leaf-set';
import type { ZoneTree } from '@loa/shared/zones/zone-tree';

/** A receiver that is expected to sound even while it is away; a browser page or a load test is not. */
function isInstalled({ kind }: ReceiverView): boolean {
  return kind === 'loudspeaker' || kind === 'bridge';
}

/** Whether the receiver said in its last report that it sounds this tag. */
export function isSounding(receiver: ReceiverView, tag: number): boolean {
  return receiver.online && (receiver.report?.sounding.some((entry) => entry.tag === tag) ?? false);
}

/**
 * Who of a broadcast's zones really sounds it.
 * @param heardAt when it was first heard, as far as earlier tallies knew: that stays true when nobody sounds it any more.
 */
export function tallyOf(
  broadcast: LiveBroadcast,
  tree: ZoneTree,
  receivers: Iterable<ReceiverView>,
  heardAt: number | null = null,
): Tally {
  let expected = 0;
  let online = 0;
  let sounding = 0;
  let firstSoundAt = heardAt;
  const leaves = tree.leafSetOf(broadcast.spec.zones);
  for (const receiver of receivers) {
    const [from, to] = tree.leafRangeOf(receiver.zoneId);
    if (from === to || !containsRange(leaves, from, to)) continue;
    if (!receiver.online && !isInstalled(receiver)) continue;
    expected += 1;
    if (receiver.online) online += 1;
    if (!isSounding(receiver, broadcast.tag)) continue;
    sounding += 1;
    const first = receiver.report?.sounding.find(({ tag }) => tag === broadcast.tag)?.firstSoundAt ?? null;
    if (first !== null && (firstSoundAt === null || first < firstSoundAt)) firstSoundAt = first;
  }
  return { broadcastId: broadcast.id, expected, online, sounding, firstSoundAt };
}

import { LEVEL, type Level } from '@loa/shared/broadcasts/rank';
import type { LiveBroadcast } from '@loa/shared/broadcasts/state';
import { QUIET_DBFS } from '@loa/shared/playout/level-meter';
import { isLoudspeaker, type ReceiverView, type Tally } from '@loa/shared/protocol/receivers';
import { containsRange } from '@loa/shared/zones/leaf-set';
import type { ZoneTree } from '@loa/shared/zones/zone-tree';

/** Whether the receiver said in its last report that it sounds this tag. */
export function isSounding(receiver: ReceiverView, tag: number): boolean {
  return receiver.online && (receiver.report?.sounding.some((entry) => entry.tag === tag) ?? false);
}

/**
 * LV10: whether a receiver that sounds this tag says that it is silence. Null where its level says nothing of it: another one sounds as well, or
 * its own volume is down. A load test measures none.
 */
function saysQuiet({ kind, report }: ReceiverView, level: Level): boolean | null {
  if (kind === 'fleet') return null;
  const [only, ...more] = report?.sounding ?? [];
  if (!report || !only || more.length > 0) return null;
  if ((report.muted || report.volume === 0) && level < LEVEL.emergency) return null;
  return report.levelDbfs === null || report.levelDbfs < QUIET_DBFS;
}

/** What earlier tallies of a broadcast knew. */
export interface Heard {
  /** When it was first heard: that stays true when nobody sounds it any more. */
  readonly firstSoundAt: number | null;
  readonly quietSince: number | null;
}
const NOT_HEARD: Heard = Object.freeze({ firstSoundAt: null, quietSince: null });

/** Who of a broadcast's zones really sounds it. `now` in server time, ms. */
export function tallyOf(
  broadcast: LiveBroadcast,
  tree: ZoneTree,
  receivers: Iterable<ReceiverView>,
  now: number,
  before: Heard = NOT_HEARD,
): Tally {
  let expected = 0;
  let online = 0;
  let sounding = 0;
  let { firstSoundAt } = before;
  const quiet = { said: 0, denied: 0 };
  const leaves = tree.leafSetOf(broadcast.spec.zones);
  for (const receiver of receivers) {
    const [from, to] = tree.leafRangeOf(receiver.zoneId);
    if (from === to || !containsRange(leaves, from, to)) continue;
    if (!receiver.online && !isLoudspeaker(receiver)) continue;
    expected += 1;
    if (receiver.online) online += 1;
    if (!isSounding(receiver, broadcast.tag)) continue;
    sounding += 1;
    const isQuiet = saysQuiet(receiver, broadcast.spec.level);
    if (isQuiet !== null) quiet[isQuiet ? 'said' : 'denied'] += 1;
    const first = receiver.report?.sounding.find(({ tag }) => tag === broadcast.tag)?.firstSoundAt ?? null;
    if (first !== null && (firstSoundAt === null || first < firstSoundAt)) firstSoundAt = first;
  }
  const isQuiet = quiet.said > 0 && quiet.denied === 0 && !broadcast.paused;
  const quietSince = isQuiet ? (before.quietSince ?? Math.floor(now)) : null;
  return { broadcastId: broadcast.id, expected, online, sounding, firstSoundAt, quietSince };
}

import type { ZoneId } from '../ids.ts';
import type { MutedReason, PreviewView } from '../protocol/live.ts';
import type { ReceiverView } from '../protocol/receivers.ts';
import type { ZoneTree } from '../zones/zone-tree.ts';
import { LEVEL, type Level } from './rank.ts';

/**
 * BR30: why a receiver that is online will not sound a broadcast of this level; null when nothing is known to keep it silent.
 * One that has not reported yet has not said that it lacks a path.
 */
export function whyMuted(
  { muted, volume, report }: Pick<ReceiverView, 'muted' | 'volume' | 'report'>,
  level: Level,
): MutedReason | null {
  if (report !== null && report.path !== 'up') return 'no-media-path';
  if (level === LEVEL.emergency) return null;
  if (muted) return 'muted';
  return volume === 0 ? 'volume-zero' : null;
}

/** BR30: which receivers of these zones will sound a broadcast, and which will not. */
export function audienceOf(
  receivers: Iterable<ReceiverView>,
  tree: ZoneTree,
  hears: readonly ZoneId[],
  level: Level,
): PreviewView['receivers'] {
  let online = 0;
  const muted: PreviewView['receivers']['muted'] = [];
  const offline: PreviewView['receivers']['offline'] = [];
  for (const receiver of receivers) {
    const { receiverId, name, zoneId, kind } = receiver;
    if (!hears.some((zone) => tree.covers(zone, zoneId))) continue;
    if (receiver.online) {
      const why = whyMuted(receiver, level);
      if (why === null) online += 1;
      else muted.push({ receiverId, name, zoneId, why });
    } else if (kind !== 'browser' && kind !== 'fleet') {
      // A page that was closed and a load test that is over are not missed.
      offline.push({ receiverId, name, zoneId });
    }
  }
  return { online, muted, offline };
}

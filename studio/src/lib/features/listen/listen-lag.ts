import { delayGroupOf } from '@loa/shared/playout/group-delay';
import { SHARED_DELAY_MS } from '@loa/shared/protocol/limits';
import type { ZoneId } from '@loa/shared/ids';
import type { ZoneTree } from '@loa/shared/zones/zone-tree';
import { bufferMsBetween, type InboundStream, NOTHING_WAITED, sumStats } from '../web-receiver/path-stats.ts';

/**
 * PO91: the delay that a citizen's browser is asked to hold sound for, in ms: the one of the nearest zone that has one of its own, else what loudspeakers
 * have that are heard together. What is really ordered for them is not told to everybody.
 */
export function listenDelayMs(tree: ZoneTree | null, ward: ZoneId): number {
  return (tree && delayGroupOf(tree, ward).setMs) ?? SHARED_DELAY_MS;
}

/** What W3C webrtc-stats says of a stream that comes in and of the path it comes over; times in seconds. */
export interface ListenStat extends InboundStream {
  readonly nominated?: boolean;
  readonly currentRoundTripTime?: number;
}

/** How far behind live a browser plays, from what it says every few seconds: half a round trip, and the wait in its buffer since it was last asked. */
export class ListenLag {
  #waited = NOTHING_WAITED;

  /** PO91: in ms, without the way from the browser to the ear, which it does not say; null if it does not say the rest, or nothing came. */
  note(stats: Iterable<ListenStat>): number | null {
    const all = [...stats];
    const roundTripS = all.findLast(
      ({ type, nominated, currentRoundTripTime }) =>
        type === 'candidate-pair' && nominated === true && currentRoundTripTime !== undefined,
    )?.currentRoundTripTime;
    const waited = sumStats(all);
    const bufferMs = bufferMsBetween(this.#waited, waited);
    this.#waited = waited;
    return bufferMs === null || roundTripS === undefined ? null : bufferMs + (roundTripS / 2) * 1_000;
  }
}

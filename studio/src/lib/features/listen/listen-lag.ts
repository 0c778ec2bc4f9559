import { SHARED_DELAY_MS } from '@loa/shared/protocol/limits';
import type { ZoneId } from '@loa/shared/ids';
import type { ZoneTree } from '@loa/shared/zones/zone-tree';

/**
 * PO91: the delay that a citizen's browser is asked to hold sound for, in ms: the one of the nearest zone that has one of its own, else what loudspeakers
 * have that are heard together. What is really ordered for them is not told to everybody.
 */
export function listenDelayMs(tree: ZoneTree | null, ward: ZoneId): number {
  const path = tree?.pathTo(ward) ?? [];
  const own = path.map((zone) => tree?.zoneById(zone)?.playoutDelayMs ?? null).findLast((delay) => delay !== null);
  return own ?? SHARED_DELAY_MS;
}

/** What W3C webrtc-stats says of a stream that comes in, of the path it comes over and of its sender; times in seconds. */
export interface ListenStat {
  readonly type: string;
  readonly jitterBufferDelay?: number;
  readonly jitterBufferEmittedCount?: number;
  readonly nominated?: boolean;
  readonly currentRoundTripTime?: number;
}

/** How far behind live a browser plays, from what it says every few seconds: half a round trip, and the wait in its buffer since it was last asked. */
export class ListenLag {
  #waitedS = 0;
  #emitted = 0;

  /** PO91: in ms, without the way from the browser to the ear, which it does not say; null if it does not say the rest, or nothing came. */
  note(stats: Iterable<ListenStat>): number | null {
    let waitedS = 0;
    let emitted = 0;
    let roundTripS: number | null = null;
    for (const stat of stats) {
      if (stat.type === 'inbound-rtp') {
        waitedS += stat.jitterBufferDelay ?? 0;
        emitted += stat.jitterBufferEmittedCount ?? 0;
      } else if (stat.type === 'candidate-pair' && stat.nominated === true) {
        roundTripS = stat.currentRoundTripTime ?? roundTripS;
      }
    }
    const samples = emitted - this.#emitted;
    const waited = waitedS - this.#waitedS;
    this.#waitedS = waitedS;
    this.#emitted = emitted;
    return samples > 0 && roundTripS !== null ? (waited / samples + roundTripS / 2) * 1_000 : null;
  }
}

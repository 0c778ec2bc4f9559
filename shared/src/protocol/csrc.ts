/**
 * The CSRC of every bus packet (PROTOCOL.md, "Bus packets"): `rank << 24 | overlay << 23 | tag`.
 * Only the pump writes it; nothing that a source sends survives in it.
 */
export interface BusLabel {
  /** 0 to 255, see `broadcasts/rank.ts`. */
  readonly rank: number;
  /** Mixed over the next lower replacing broadcast, which is ducked. */
  readonly overlay: boolean;
  /** Number of the broadcast on this installation, 1 to `MAX_TAG`. */
  readonly tag: number;
}

export const MAX_TAG = 0x7fffff;
const OVERLAY_BIT = 0x800000;

/** RK2: the label as an unsigned 32-bit integer. */
export function toCsrc(label: BusLabel): number {
  return ((label.rank << 24) | (label.overlay ? OVERLAY_BIT : 0) | label.tag) >>> 0;
}

export function fromCsrc(csrc: number): BusLabel {
  return { rank: csrc >>> 24, overlay: (csrc & OVERLAY_BIT) !== 0, tag: csrc & MAX_TAG };
}

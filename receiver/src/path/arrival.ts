/** One RTP packet as it came; what of it is readable depends on who receives (a light receiver reads headers only). */
export interface Arrival {
  readonly sequence: number;
  readonly timestamp: number;
  /** Null for a packet without a contributing source, which no bus sends. */
  readonly csrc: number | null;
  readonly marker: boolean;
  readonly payload: Uint8Array;
}

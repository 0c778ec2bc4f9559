/** How much a sink wants now, and when it will be heard. */
export interface SinkDemand {
  /** Samples that may be written now. */
  readonly frames: number;
  /** Own time in ms (`localNow`) at which the first of them will be heard. */
  readonly heardAtMs: number;
  /** What was heard until now was interrupted: the card stood still or began anew, and goes on at another time. */
  readonly interrupted?: boolean;
}

/**
 * Where the sound goes: mono, 48 kHz. The sink owns the rhythm: it is asked every few milliseconds how much it wants, and gets
 * exactly that. It survives whatever happens to its device and says so in `problem`.
 */
export interface Sink {
  /** For people: what it is and where the sound goes. */
  readonly name: string;
  /** How often it wants to be asked, in ms. */
  readonly pollIntervalMs: number;
  /** `leadMs`: so long before its time sound is to be there at least (PO110), where a sink has a lead at all; it has one of its own. */
  demand(nowMs: number, leadMs?: number): SinkDemand;
  /**
   * `serverTimeMs` is when the first of these samples is heard. False when they went nowhere: the card is gone, the disk is
   * full. What went nowhere was not played, whatever was rendered.
   */
  write(samples: Float32Array, serverTimeMs: number): boolean;
  problem(): string | null;
  /** Lets out what was written and releases the device. */
  close(): Promise<void>;
}

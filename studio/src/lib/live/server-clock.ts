/** Offset of the server's clock from this page's, from probes. */
export interface ClockEstimate {
  readonly offsetMs: number;
  readonly roundTripMs: number;
}

export interface ClockProbe {
  readonly sentAt: number;
  readonly serverTimeMs: number;
  readonly receivedAt: number;
}

/** The probe with the shortest round trip is the most truthful one: half of its round trip bounds the error. */
export function estimateClock(probes: readonly ClockProbe[]): ClockEstimate | null {
  let best: ClockEstimate | null = null;
  for (const probe of probes) {
    const roundTripMs = probe.receivedAt - probe.sentAt;
    if (roundTripMs < 0) continue;
    if (best === null || roundTripMs < best.roundTripMs) {
      best = { offsetMs: probe.serverTimeMs - (probe.sentAt + probe.receivedAt) / 2, roundTripMs };
    }
  }
  return best;
}

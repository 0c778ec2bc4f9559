import type { Sink } from './sink.ts';

/** Largest calibration, in ms, either way. */
export const MAX_CALIBRATION_MS = 500;

/**
 * PO36: a sink behind which something takes time that its card does not know of: an amplifier, a processor, a radio link, the way to the listener.
 * `calibrationMs`: how much later than the card says sound is heard; negative where it says too much.
 */
export function calibrated(sink: Sink, calibrationMs: number): Sink {
  if (calibrationMs === 0) return sink;
  return {
    name: sink.name,
    pollIntervalMs: sink.pollIntervalMs,
    demand(nowMs, leadMs) {
      const demand = sink.demand(nowMs, leadMs);
      return { ...demand, heardAtMs: demand.heardAtMs + calibrationMs };
    },
    write: (samples, serverTimeMs) => sink.write(samples, serverTimeMs),
    problem: () => sink.problem(),
    close: () => sink.close(),
  };
}

import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Of an audio process; one that only answers requests is looked at less often. */
const FINE_RESOLUTION_MS = 1;

/** Delay of an event loop, in ms. */
export interface LoopDelay {
  readonly p50: number;
  readonly p999: number;
  readonly max: number;
}

/** Measures this process's event loop. Each reading tells of the time since the one before, and begins anew. */
export interface LoopDelayMonitor {
  read(): LoopDelay;
  close(): void;
}

/** @param resolutionMs Sampling interval; it is taken off what is told. */
export function createLoopDelayMonitor(resolutionMs = FINE_RESOLUTION_MS): LoopDelayMonitor {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  const toMs = (nanoseconds: number) => Math.max(0, Math.round(nanoseconds / 1e4 - resolutionMs * 100) / 100);
  return {
    read() {
      const reading = {
        p50: toMs(histogram.percentile(50)),
        p999: toMs(histogram.percentile(99.9)),
        max: toMs(histogram.max),
      };
      histogram.reset();
      return reading;
    },
    close: () => histogram.disable(),
  };
}

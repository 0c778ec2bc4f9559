import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 1;

/** Delay of this process's event loop in ms since the last reading; the sampling interval itself is taken off. */
export function createLoopDelayMonitor(): { read(): { p50: number; p999: number; max: number }; close(): void } {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  const toMs = (nanoseconds: number) => Math.max(0, Math.round(nanoseconds / 1e4) / 100 - RESOLUTION_MS);
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

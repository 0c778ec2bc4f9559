import { describe, expect, it } from 'vitest';
import { calibrated } from './calibrated-sink.ts';
import { createNullSink } from './null-sink.ts';

describe('calibration of a sink', () => {
  it.each([-40, 120])(
    'PO36: sound is handed over so that it is heard in time behind what takes %d ms',
    (calibrationMs) => {
      const [plain, target] = [createNullSink(), calibrated(createNullSink(), calibrationMs)];
      for (const nowMs of [1_000, 1_020, 1_047]) {
        const [without, demand] = [plain.demand(nowMs), target.demand(nowMs)];
        expect(demand).toEqual({ ...without, heardAtMs: without.heardAtMs + calibrationMs });
        for (const sink of [plain, target]) expect(sink.write(new Float32Array(demand.frames), 0)).toBe(true);
      }
    },
  );

  it('PO36: is nothing where nothing is set', () => {
    const sink = createNullSink();
    expect(calibrated(sink, 0)).toBe(sink);
  });
});

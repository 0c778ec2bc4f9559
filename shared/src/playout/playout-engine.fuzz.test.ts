import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toBusPacket, TRACE_SETTINGS, TRACE_START_MS, traceDecoder } from '../../test/support/playout-trace.ts';
import { toCsrc } from '../protocol/csrc.ts';
import { fromDb } from './gain.ts';
import { MAX_VOICES, PlayoutEngine } from './playout-engine.ts';
import { MAX_FIRST_RATE_PPM } from './rate-control.ts';

const packets = fc.array(
  fc.record({
    bus: fc.constantFrom('a', 'b', 'c'),
    sequence: fc.integer({ min: 0, max: 0xffff }),
    stampMs: fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: -1e9, max: 1e9 })),
    arrivalMs: fc.integer({ min: 0, max: 3_000 }),
    csrc: fc.oneof(
      fc.integer({ min: 0, max: 0xffffffff }),
      fc
        .record({ rank: fc.integer({ min: 0, max: 255 }), overlay: fc.boolean(), tag: fc.integer({ min: 1, max: 30 }) })
        .map(toCsrc),
    ),
    marker: fc.boolean(),
    value: fc.integer({ min: 0, max: 255 }),
  }),
  { maxLength: 120 },
);

/** A block of 10 ms as fast as it is ever played, and the samples at its edges that interpolation needs. */
const MOST_OF_A_BLOCK_MS = 10 * (1 + MAX_FIRST_RATE_PPM / 1e6) + 0.3;

describe('playout engine', () => {
  it('PO13, PO18, PO19: whatever comes, in whatever order, the output is finite, bounded and truthful', () => {
    fc.assert(
      fc.property(packets, fc.array(fc.integer({ min: -50, max: 200 }), { maxLength: 40 }), (arrivals, steps) => {
        let open = 0;
        const engine = new PlayoutEngine<string>(() => {
          open += 1;
          return { ...traceDecoder(), close: () => void (open -= 1) };
        }, TRACE_SETTINGS);
        const pending = [...arrivals].sort((a, b) => a.arrivalMs - b.arrivalMs);
        let clockMs = 0;
        for (let block = 0; block < 300; block += 1) {
          clockMs += 10 + (steps[block] ?? 0);
          while (pending[0] && pending[0].arrivalMs <= clockMs) {
            const packet = pending.shift();
            if (packet) engine.push(toBusPacket(packet), TRACE_START_MS + packet.arrivalMs);
          }
          const { samples, rendered } = engine.renderBlock(TRACE_START_MS + clockMs, 480);
          expect(samples.every((value) => Math.abs(value) <= fromDb(-1) + 1e-6)).toBe(true);
          expect(open).toBeLessThanOrEqual(MAX_VOICES);
          expect(engine.sounding().filter((entry) => entry.role !== 'ducked').length).toBeLessThanOrEqual(1);
          for (const entry of rendered) expect(entry.audibleMs).toBeLessThanOrEqual(MOST_OF_A_BLOCK_MS);
        }
        engine.close();
        expect(open).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STAND_IN_PAYLOAD } from './stand-in.ts';
import { busPayloadMs, MAX_OPUS_BYTES, opusDurationMs } from './opus-packet.ts';

/** First octet: configuration, mono, code. */
const toc = (config: number, code: number) => (config << 3) | code;
const bytes = (...values: number[]) => Uint8Array.from(values);
const filled = (head: readonly number[], length: number) =>
  Uint8Array.from([...head, ...Array<number>(length).fill(1)]);
/** Fullband CELT of 20 ms. */
const CELT_20 = 31;

describe('length of an Opus packet', () => {
  it.each([
    ['SILK', 0, [10, 20, 40, 60]],
    ['SILK mediumband', 4, [10, 20, 40, 60]],
    ['SILK wideband', 8, [10, 20, 40, 60]],
    ['hybrid', 12, [10, 20, 10, 20]],
    ['CELT', 16, [2.5, 5, 10, 20]],
    ['CELT fullband', 28, [2.5, 5, 10, 20]],
  ])('%s by its configuration (table 2)', (_, config, expected) => {
    expect([0, 1, 2, 3].map((step) => opusDurationMs(filled([toc(config + step, 0)], 9)))).toEqual(expected);
  });

  it('two equal frames share the rest evenly (R3)', () => {
    expect(opusDurationMs(filled([toc(CELT_20, 1)], 40))).toBe(40);
    expect(opusDurationMs(filled([toc(CELT_20, 1)], 41))).toBeNull();
  });

  it('two frames: the first says its length (R4)', () => {
    expect(opusDurationMs(filled([toc(CELT_20, 2), 10], 10))).toBe(40);
    expect(opusDurationMs(filled([toc(CELT_20, 2), 10], 9))).toBeNull();
    expect(opusDurationMs(bytes(toc(CELT_20, 2)))).toBeNull();
    expect(opusDurationMs(filled([toc(CELT_20, 2), 252, 1], 256))).toBe(40);
    expect(opusDurationMs(filled([toc(CELT_20, 2), 252, 1], 255))).toBeNull();
    expect(opusDurationMs(bytes(toc(CELT_20, 2), 252))).toBeNull();
  });

  it('many frames: at least one, 120 ms at most (R5)', () => {
    expect(opusDurationMs(filled([toc(CELT_20, 3), 6], 12))).toBe(120);
    expect(opusDurationMs(filled([toc(CELT_20, 3), 7], 14))).toBeNull();
    expect(opusDurationMs(filled([toc(CELT_20, 3), 0], 14))).toBeNull();
    expect(opusDurationMs(bytes(toc(CELT_20, 3)))).toBeNull();
  });

  it('many equal frames share what padding leaves evenly (R6)', () => {
    expect(opusDurationMs(filled([toc(CELT_20, 3), 3], 9))).toBe(60);
    expect(opusDurationMs(filled([toc(CELT_20, 3), 3], 10))).toBeNull();
    expect(opusDurationMs(filled([toc(CELT_20, 3), 0x43, 4], 9 + 4))).toBe(60);
    expect(opusDurationMs(filled([toc(CELT_20, 3), 0x43, 5], 4))).toBeNull();
    expect(opusDurationMs(filled([toc(CELT_20, 3), 0x43, 255, 2], 6 + 256))).toBe(60);
    expect(opusDurationMs(bytes(toc(CELT_20, 3), 0x43, 255))).toBeNull();
  });

  it('many frames of their own lengths fit with all their lengths (R7)', () => {
    expect(opusDurationMs(filled([toc(CELT_20, 3), 0x83, 4, 5], 9))).toBe(60);
    expect(opusDurationMs(filled([toc(CELT_20, 3), 0x83, 4, 5], 8))).toBeNull();
    expect(opusDurationMs(bytes(toc(CELT_20, 3), 0x83, 4))).toBeNull();
  });

  it('nothing and too much are no packet (R1, R2)', () => {
    expect(opusDurationMs(bytes())).toBeNull();
    expect(opusDurationMs(new Uint8Array(MAX_OPUS_BYTES + 1))).toBeNull();
  });

  it('whatever comes, the answer is null or a length that Opus has', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1_400 }), (packet) => {
        const durationMs = opusDurationMs(packet);
        expect(durationMs === null || (durationMs >= 2.5 && durationMs <= 120)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('what a bus carries', () => {
  it.each([
    ['2.5 ms', filled([toc(28, 0)], 9), false],
    ['10 ms', filled([toc(30, 0)], 9), true],
    ['60 ms', filled([toc(11, 0)], 9), true],
    ['80 ms', filled([toc(CELT_20, 3), 4], 8), false],
  ])('PO19: %s: %s', (_, packet, may) => {
    expect(busPayloadMs(packet) !== null).toBe(may);
  });

  it('silence is 20 ms', () => {
    expect(opusDurationMs(STAND_IN_PAYLOAD)).toBe(20);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFrameReader, encodeFrame, MAX_LINK_FRAME_BYTES } from './framing.ts';

function readAll(chunks: readonly Buffer[]): unknown[] {
  const values: unknown[] = [];
  const reader = createFrameReader((value) => values.push(value));
  for (const chunk of chunks) reader.push(chunk);
  return values;
}

describe('frames', () => {
  it('come out whole and in order however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue(), { maxLength: 6 }),
        fc.array(fc.nat(40), { maxLength: 60 }),
        (values, cuts) => {
          const stream = Buffer.concat(values.map(encodeFrame));
          const chunks: Buffer[] = [];
          let at = 0;
          for (const cut of cuts) {
            chunks.push(stream.subarray(at, at + cut));
            at += cut;
          }
          chunks.push(stream.subarray(at));
          expect(readAll(chunks)).toEqual(JSON.parse(JSON.stringify(values)));
        },
      ),
    );
  });

  it('a length beyond the limit is refused before its body comes', () => {
    const header = Buffer.alloc(4);
    header.writeUInt32BE(MAX_LINK_FRAME_BYTES + 1);
    expect(() => readAll([header])).toThrow(RangeError);
  });

  it('a body that is not JSON is refused', () => {
    expect(() => readAll([Buffer.from([0, 0, 0, 1, 0x7b])])).toThrow(SyntaxError);
  });

  it('a value that is too large is not written', () => {
    expect(() => encodeFrame('x'.repeat(MAX_LINK_FRAME_BYTES))).toThrow(RangeError);
  });

  it('large frames in small chunks are copied a bounded number of times', () => {
    const value = 'y'.repeat(4_000_000);
    const frame = encodeFrame(value);
    const chunks = Array.from({ length: Math.ceil(frame.length / 1_000) }, (_, i) =>
      frame.subarray(i * 1_000, (i + 1) * 1_000),
    );
    expect(readAll(chunks)).toEqual([value]);
  });
});

import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeSegment, openSegment, segmentFilePath } from './segment-file.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'loa-segment-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Packets of different lengths that say their number. */
const packets = (count: number) =>
  Array.from({ length: count }, (_, n) => Buffer.from([n >> 8, n & 0xff, ...Array.from({ length: n % 5 }, () => 7)]));

function write(name: string, bytes: Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const fail = (error: unknown) => {
  throw error;
};

describe('a segment file', () => {
  it('gives back every packet, across the parts in which it is read', async () => {
    const expected = packets(1_234);
    const segment = await openSegment(write('whole', encodeSegment(expected)), fail);
    expect(segment.frameCount).toBe(1_234);
    for (const [n, packet] of expected.entries()) {
      await segment.prepare(n);
      expect(segment.frame(n)?.equals(packet)).toBe(true);
    }
    await segment.close();
  });

  it('keeps in memory what is near the place where it plays, and nothing else', async () => {
    const segment = await openSegment(write('ahead', encodeSegment(packets(2_000))), fail);
    expect(segment.frame(0)).toBeNull();
    await segment.prepare(0);
    for (let n = 0; n < 2_000; n++) {
      if (n % 200 === 0) await new Promise((resolve) => setImmediate(resolve)).then(() => segment.prepare(n));
      expect(segment.frame(n)?.readUInt16BE(0)).toBe(n);
    }
    expect(segment.frame(0)).toBeNull();
    await segment.close();
  });

  it('has nothing before its beginning and after its end', async () => {
    const segment = await openSegment(write('edges', encodeSegment(packets(3))), fail);
    await segment.prepare(0);
    expect([segment.frame(-1), segment.frame(3)]).toEqual([null, null]);
    await segment.close();
  });

  it('may be empty', async () => {
    const segment = await openSegment(write('empty', encodeSegment([])), fail);
    expect([segment.frameCount, segment.frame(0)]).toEqual([0, null]);
    await segment.close();
  });

  it.each([
    ['cut off in its packets', 1],
    ['cut off in its index', 45],
    ['cut off in its head', 58],
  ])('%s is refused', async (name, missing) => {
    const bytes = encodeSegment(packets(10));
    const path = write(name, bytes);
    truncateSync(path, bytes.length - missing);
    await expect(openSegment(path, fail)).rejects.toThrow(/segment/);
  });

  it('LS24: that is cut off while it plays is reported, and not played as nothing', async () => {
    const bytes = encodeSegment(packets(900));
    const path = write('later', bytes);
    const errors: unknown[] = [];
    const reader = await openSegment(path, (error) => errors.push(error));
    await reader.prepare(0);
    truncateSync(path, bytes.length / 2);
    await reader.prepare(899);
    expect(reader.frame(899)).toBeNull();
    expect(errors).toMatchObject([{ message: expect.stringContaining('cut off') as string }]);
    await reader.close();
  });

  it('that is something else is refused', async () => {
    await expect(openSegment(write('other', Buffer.from('OggS'.repeat(20))), fail)).rejects.toThrow(/not a segment/);
    await expect(openSegment(join(folder, 'missing'), fail)).rejects.toThrow(/ENOENT/);
  });

  it('has its place by its id', () => {
    expect(segmentFilePath('/data/segments', 'abc' as never)).toBe('/data/segments/abc.frames');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRtp, writeBusPacket } from './packet.ts';

interface Parts {
  readonly csrcs?: number;
  /** Words of a header extension. */
  readonly extension?: number;
  /** Octets of padding, the count included. */
  readonly padding?: number;
  readonly payload?: readonly number[];
}

function packetOf({ csrcs = 0, extension, padding = 0, payload = [1, 2, 3] }: Parts): Buffer {
  const head = Buffer.alloc(12);
  head[0] = 0x80 | (padding > 0 ? 0x20 : 0) | (extension === undefined ? 0 : 0x10) | csrcs;
  head[1] = 0x80 | 111;
  head.writeUInt16BE(65_535, 2);
  head.writeUInt32BE(4_294_967_295, 4);
  head.writeUInt32BE(0xdeadbeef, 8);
  const extra = Buffer.alloc(extension === undefined ? 0 : 4 + 4 * extension);
  if (extension !== undefined) extra.writeUInt16BE(extension, 2);
  const tail = Buffer.alloc(padding, 0);
  if (padding > 0) tail[padding - 1] = padding;
  return Buffer.concat([head, Buffer.alloc(4 * csrcs), extra, Buffer.from(payload), tail]);
}

describe('parseRtp', () => {
  it('reads the fixed header', () => {
    expect(parseRtp(packetOf({}))).toMatchObject({
      payloadType: 111,
      sequenceNumber: 65_535,
      timestamp: 4_294_967_295,
      ssrc: 0xdeadbeef,
    });
  });

  it.each<[string, Parts]>([
    ['CSRCs', { csrcs: 15 }],
    ['an extension', { extension: 3 }],
    ['an empty extension', { extension: 0 }],
    ['padding', { padding: 7 }],
    ['all of them', { csrcs: 2, extension: 1, padding: 1 }],
  ])('finds the payload behind %s', (_, parts) => {
    expect(parseRtp(packetOf(parts))?.payload).toEqual(Buffer.from([1, 2, 3]));
  });

  it.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['eleven octets', packetOf({}).subarray(0, 11)],
    ['another version', Buffer.concat([Buffer.from([0x40]), packetOf({}).subarray(1)])],
    ['CSRCs that are not there', packetOf({ csrcs: 15 }).subarray(0, 20)],
    ['an extension that is cut off', packetOf({ extension: 3 }).subarray(0, 14)],
    ['an extension longer than the packet', packetOf({ extension: 3 }).subarray(0, 20)],
    ['no payload', packetOf({ payload: [] })],
    ['nothing but padding', packetOf({ payload: [], padding: 4 })],
    ['more padding than packet', Buffer.concat([packetOf({ padding: 1 }).subarray(0, -1), Buffer.from([255])])],
  ])('refuses %s', (_, packet) => {
    expect(parseRtp(packet)).toBeNull();
  });

  it('whatever comes, it answers null or a payload inside the packet', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const packet = parseRtp(Buffer.from(bytes));
        expect(packet === null || (packet.payload.length > 0 && packet.payload.length <= bytes.length - 12)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });
});

it('what is written on a bus can be read, and carries exactly one CSRC', () => {
  const uint32 = fc.integer({ min: 0, max: 0xffffffff });
  const fields = fc.record({
    payloadType: fc.nat(127),
    marker: fc.boolean(),
    sequenceNumber: fc.nat(65_535),
    timestamp: uint32,
    ssrc: uint32,
    csrc: uint32,
    payload: fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  });
  fc.assert(
    fc.property(fields, (packet) => {
      const written = writeBusPacket(packet);
      const { marker, csrc, ...rest } = packet;
      expect(parseRtp(written)).toEqual(rest);
      expect([(written[0] ?? 0) & 0x0f, (written[1] ?? 0) >> 7 === 1, written.readUInt32BE(12)]).toEqual([
        1,
        marker,
        csrc,
      ]);
    }),
  );
});

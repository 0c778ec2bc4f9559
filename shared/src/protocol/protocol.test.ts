import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { MAX_ZONES_PER_BROADCAST } from '../broadcasts/commands.ts';
import { MAX_AUTHORITY } from '../broadcasts/rank.ts';
import { MAX_TAG } from './csrc.ts';
import { acknowledgementSchema } from './errors.ts';
import { MAX_FRAME_BYTES, MAX_RECORDS_PER_MESSAGE } from './limits.ts';
import { startRequestSchema } from './live.ts';
import { playoutRecordsSchema } from './receivers.ts';
import { judgeProtocol, PROTOCOL } from './version.ts';

describe('protocol', () => {
  it('PV1: numbers in the range are accepted; outside it the older side is named', () => {
    expect(judgeProtocol(PROTOCOL.current)).toBe('accepted');
    expect(judgeProtocol(PROTOCOL.max)).toBe('accepted');
    expect(judgeProtocol(PROTOCOL.min - 1)).toBe('client-too-old');
    expect(judgeProtocol(PROTOCOL.max + 1)).toBe('server-too-old');
  });

  it('PV1: a number that does not exist yet is not accepted in advance', () => {
    expect(PROTOCOL.max).toBe(PROTOCOL.current);
    expect(judgeProtocol(PROTOCOL.current + 1)).toBe('server-too-old');
    expect(judgeProtocol(PROTOCOL.current + 0.5)).toBe('server-too-old');
    expect(judgeProtocol(Number.NaN)).toBe('client-too-old');
  });

  it('PV2: an acknowledgement is ok with data, or an error with a known code', () => {
    const schema = acknowledgementSchema(z.object({ stored: z.array(z.string()) }));
    expect(schema.safeParse({ ok: true, data: { stored: [] } }).success).toBe(true);
    expect(schema.safeParse({ ok: false, error: { code: 'refused', message: 'zones-taken' } }).success).toBe(true);
    expect(schema.safeParse({ ok: true, data: {} }).success).toBe(false);
    expect(schema.safeParse({ ok: false, error: { code: 'whatever', message: '' } }).success).toBe(false);
    expect(schema.safeParse({ stored: [] }).success).toBe(false);
  });

  it('PV3: whatever a schema allows fits into a frame', () => {
    const id = 'z'.repeat(64);
    const start = {
      id,
      key: '\u1e77'.repeat(64),
      title: '"'.repeat(100) + '\u1e77'.repeat(100),
      source: { kind: 'segment', segmentId: id, durationMs: Number.MAX_SAFE_INTEGER },
      zones: Array.from({ length: MAX_ZONES_PER_BROADCAST }, () => id),
      level: 3,
      authority: MAX_AUTHORITY,
      mode: 'replace',
      wait: false,
      maxLifeMs: 24 * 3_600_000,
    };
    const record = {
      id: '\u1e77'.repeat(64),
      receiverId: id,
      tag: MAX_TAG,
      rank: 255,
      zoneId: id,
      firstSoundAt: Date.UTC(9999, 11, 31),
      lastSoundAt: Date.UTC(9999, 11, 31),
      renderedMs: 0.123456789012,
      lostPackets: 2 ** 31 - 1,
      concealedMs: 0.123456789012,
      levelDbfs: -12.1234567890123,
      final: false,
    };
    const records = { records: Array.from({ length: MAX_RECORDS_PER_MESSAGE }, () => record) };
    expect(startRequestSchema.safeParse(start).success).toBe(true);
    expect(playoutRecordsSchema.safeParse(records).success).toBe(true);
    // An event's name, the numbers of packet and acknowledgement.
    const framing = 200;
    const bytesOf = (value: unknown) => encodeURIComponent(JSON.stringify(value)).replace(/%../g, '-').length;
    for (const message of [start, records]) expect(bytesOf(message) + framing).toBeLessThan(MAX_FRAME_BYTES);
  });
});

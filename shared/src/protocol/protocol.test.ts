import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { acknowledgementSchema } from './errors.ts';
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
});

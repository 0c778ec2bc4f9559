import { playoutRecordSchema } from '@loa/shared/protocol/receivers';
import type { ReceiverId, ZoneId } from '@loa/shared/ids';
import { describe, expect, it } from 'vitest';
import { RecordBook, RECORD_PAUSE_MS, RECORD_RESEND_MS } from './record-book.ts';

const ZONE = 'zone-1' as ZoneId;
const START = 1_700_000_000_000;

function book() {
  let count = 0;
  return new RecordBook('r-1' as ReceiverId, () => `record-number-${String((count += 1)).padStart(4, '0')}`);
}

/** 20 ms of a constant amplitude of 0.1. */
function block(atMs: number, audibleMs = 20) {
  return {
    tag: 7,
    rank: 76,
    fromMs: START + atMs,
    untilMs: START + atMs + audibleMs,
    audibleMs,
    energy: audibleMs * 48 * 0.01,
    lostPackets: 0,
    concealedMs: 0,
  };
}

describe('playout records', () => {
  it('PO20: add up what was heard, under one id, and are closed after a pause', () => {
    const records = book();
    for (let at = 0; at < 1_000; at += 20) records.note(block(at), ZONE);
    records.note({ ...block(1_000, 0), lostPackets: 2, concealedMs: 40 }, ZONE);
    const [first] = records.takeDue(START + 1_000);
    expect(first).toMatchObject({
      renderedMs: 1_000,
      lostPackets: 2,
      concealedMs: 40,
      final: false,
      firstSoundAt: START,
    });
    expect(first?.levelDbfs).toBeCloseTo(-20, 3);
    expect(playoutRecordSchema.safeParse(first).success).toBe(true);
    expect(records.takeDue(START + 1_020)).toEqual([]);
    for (let at = 2_000; at < 3_000; at += 20) records.note(block(at), ZONE);
    const [grown] = records.takeDue(START + 1_000 + RECORD_RESEND_MS);
    expect(grown).toMatchObject({ id: first?.id, renderedMs: 2_000, lastSoundAt: START + 3_000, final: false });
    const [closed] = records.takeDue(START + 3_001 + RECORD_PAUSE_MS);
    expect(closed).toMatchObject({ id: first?.id, renderedMs: 2_000, final: true });
    expect(records.takeDue(START + 100_000)).toEqual([]);
  });

  it('PO20: what comes back after a long pause is another record', () => {
    const records = book();
    records.note(block(0), ZONE);
    const [first] = records.takeDue(START + RECORD_PAUSE_MS + 1_000);
    records.note(block(20_000), ZONE);
    const [second] = records.takeAll(START + 20_020);
    expect([first?.final, second?.final]).toEqual([true, true]);
    expect(second?.id).not.toBe(first?.id);
  });

  it('PO17: nothing that was not heard begins a record', () => {
    const records = book();
    records.note({ ...block(0, 0), lostPackets: 3 }, ZONE);
    expect(records.takeAll(START)).toEqual([]);
  });
});

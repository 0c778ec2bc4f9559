import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReceiverId, ZoneId } from '@loa/shared/ids';
import type { PlayoutRecord } from '@loa/shared/protocol/receivers';
import { describe, expect, it } from 'vitest';
import { RecordQueue } from './record-queue.ts';

const path = (): string => join(mkdtempSync(join(tmpdir(), 'loa-records-')), 'site', 'records.jsonl');

function record(number: number, renderedMs = 1_000, final = true): PlayoutRecord {
  return {
    id: `record-number-${String(number).padStart(6, '0')}`,
    receiverId: 'r-1' as ReceiverId,
    tag: 1 + number,
    rank: 76,
    zoneId: 'z' as ZoneId,
    firstSoundAt: 1_700_000_000_000,
    lastSoundAt: 1_700_000_001_000,
    renderedMs,
    lostPackets: 0,
    concealedMs: 0,
    levelDbfs: -20,
    final,
  };
}

describe('queue of records', () => {
  it('PO20: survives the end of the process, and what was open then is final', () => {
    const at = path();
    const before = new RecordQueue(at);
    before.put(record(1, 500, false));
    before.put(record(1, 900, false));
    before.put(record(2));
    const after = new RecordQueue(at);
    expect(after.oldest(10)).toEqual([record(1, 900, true), record(2)]);
  });

  it('PO20: forgets only what the server stored, and only in the state in which it was sent', () => {
    const at = path();
    const queue = new RecordQueue(at);
    [1, 2, 3].forEach((number) => queue.put(record(number, 500, false)));
    const sent = queue.oldest(10);
    queue.put(record(2, 800, false));
    queue.acknowledge(sent, [record(1).id, record(2).id]);
    expect(queue.oldest(10)).toEqual([record(3, 500, false), record(2, 800, false)]);
    queue.put(record(1));
    queue.acknowledge(queue.oldest(10), [record(1).id]);
    expect(new RecordQueue(at).oldest(10).map((kept) => kept.id)).toEqual([record(3).id, record(2).id]);
  });

  it('PO20: an open record that the server has is closed after the end of the process', () => {
    const at = path();
    const queue = new RecordQueue(at);
    queue.put(record(1, 500, false));
    queue.acknowledge(queue.oldest(10), [record(1).id]);
    expect(queue.oldest(10)).toEqual([]);
    expect(new RecordQueue(at).oldest(10)).toEqual([record(1, 500, true)]);
  });

  it('PO20: a line that was cut off by a power failure costs only itself', () => {
    const at = path();
    const queue = new RecordQueue(at);
    queue.put(record(1));
    queue.close();
    appendFileSync(at, '{"put":{"id":"record-num');
    const after = new RecordQueue(at);
    expect(after.oldest(10)).toEqual([record(1)]);
  });

  it('PO18: the file stays in proportion to what is queued', () => {
    const at = path();
    const queue = new RecordQueue(at);
    for (let round = 0; round < 1_000; round += 1) {
      queue.put(record(round));
      queue.acknowledge(queue.oldest(10), [record(round).id]);
    }
    expect(queue.size).toBe(0);
    expect(readFileSync(at, 'utf8').split('\n').length).toBeLessThan(300);
  });

  it('PO20: a disk that refuses keeps nobody from playing; what was kept in memory is written when it works again', () => {
    const at = path();
    // Where the new file should go there is a folder.
    mkdirSync(`${at}.new`, { recursive: true });
    const queue = new RecordQueue(at);
    queue.put(record(1));
    queue.put(record(2));
    expect(queue.problem).toContain('records.jsonl');
    expect(queue.oldest(10)).toHaveLength(2);
    rmSync(`${at}.new`, { recursive: true });
    queue.put(record(3));
    expect(queue.problem).toBeNull();
    expect(new RecordQueue(at).oldest(10)).toHaveLength(3);
  });
});

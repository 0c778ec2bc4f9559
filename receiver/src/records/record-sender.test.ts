import { RecordBook } from '@loa/shared/playout/record-book';
import type { ReceiverId } from '@loa/shared/ids';
import { MAX_RECORDS_PER_MESSAGE } from '@loa/shared/protocol/limits';
import type { PlayoutRecord, RecordsAnswer } from '@loa/shared/protocol/receivers';
import { err, ok, type Result } from '@loa/shared/result';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { testRecord } from '../../test/support/record.ts';
import { createMemoryRecords } from '../fleet/memory-records.ts';
import { AFTER_REFUSAL_MS, RecordSender, type SendFailure } from './record-sender.ts';

/** As many bad messages in a minute as a door bears from one socket. */
const BAD_FRAMES_BORNE = 9;

/** A sender with this many records and a server; `turn` is half a second. */
function setUp(count: number, serve: (records: PlayoutRecord[]) => Result<RecordsAnswer, SendFailure>) {
  const memory = createMemoryRecords();
  const refused: PlayoutRecord[] = [];
  const sent: Array<{ atMs: number; records: PlayoutRecord[]; ok: boolean }> = [];
  let nowMs = 0;
  const sender = new RecordSender({
    book: new RecordBook('r-1' as ReceiverId, () => 'unused'),
    queue: {
      ...memory,
      refuse(record) {
        refused.push(record);
        memory.refuse(record);
      },
    },
    log: pino({ level: 'silent' }),
    now: () => nowMs,
    steadyNow: () => nowMs,
    send(records) {
      const answer = serve(records);
      sent.push({ atMs: nowMs, records, ok: answer.ok });
      return Promise.resolve(answer);
    },
  });
  for (let number = 0; number < count; number += 1) memory.put(testRecord(number));
  return {
    refused,
    sent,
    left: () => memory.oldest(count),
    async turn() {
      nowMs += 500;
      await sender.turn();
    },
  };
}

const store = (records: readonly PlayoutRecord[], unstorable: string[] = []) =>
  ok({ stored: records.map(({ id }) => id), unstorable });

describe('sending records', () => {
  it.each([[[0]], [[17]], [[49]], [[3, 4, 5, 40, 70]], [[119]]])(
    'PO20: of 120 records the server refuses messages with %j: these are put aside, all others are stored',
    async (numbers) => {
      const bad = new Set(numbers.map((number) => testRecord(number).id));
      const stored = new Set<string>();
      const { refused, sent, left, turn } = setUp(120, (records) => {
        if (records.some(({ id }) => bad.has(id))) return err('refused');
        for (const { id } of records) stored.add(id);
        return store(records);
      });
      for (let turns = 0; turns < 2_000 && left().length > 0; turns += 1) await turn();
      expect(left()).toEqual([]);
      expect(refused.map(({ id }) => id)).toEqual([...bad]);
      expect(stored.size).toBe(120 - bad.size);
      const refusals = sent.filter((message) => !message.ok);
      for (const { atMs } of refusals)
        expect(refusals.filter((other) => other.atMs >= atMs && other.atMs < atMs + 60_000).length).toBeLessThanOrEqual(
          BAD_FRAMES_BORNE,
        );
    },
  );

  it('PO20: after a bad record messages grow again to what they may hold', async () => {
    const bad = testRecord(0).id;
    const { sent, left, turn } = setUp(400, (records) =>
      records.some(({ id }) => id === bad) ? err('refused') : store(records),
    );
    for (let turns = 0; turns < 2_000 && left().length > 0; turns += 1) await turn();
    expect(sent.map(({ records }) => records.length).slice(0, 8)).toEqual([50, 25, 12, 6, 3, 1, 1, 2]);
    expect(sent.some(({ records }, at) => at > 8 && records.length === MAX_RECORDS_PER_MESSAGE)).toBe(true);
    expect(sent[1]?.atMs).toBe((sent[0]?.atMs ?? 0) + AFTER_REFUSAL_MS);
  });

  it('PO20: a record that the server drops because it can never be stored is put aside here', async () => {
    const { refused, left, turn } = setUp(3, (records) => store(records, [testRecord(1).id]));
    for (let turns = 0; turns < 20; turns += 1) await turn();
    expect(left()).toEqual([]);
    expect(refused).toEqual([testRecord(1)]);
  });

  it('PO20: what the server does not answer, or cannot store now, is put aside never', async () => {
    let works = false;
    const { refused, sent, left, turn } = setUp(3, (records) => (works ? store(records) : err('failed')));
    for (let turns = 0; turns < 100; turns += 1) await turn();
    expect(left()).toHaveLength(3);
    expect(sent.every(({ records }) => records.length === 3)).toBe(true);
    works = true;
    for (let turns = 0; turns < 20; turns += 1) await turn();
    expect(left()).toEqual([]);
    expect(refused).toEqual([]);
  });
});

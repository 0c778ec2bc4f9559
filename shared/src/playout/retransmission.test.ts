import { describe, expect, it } from 'vitest';
import {
  ASK_LIFE_MS,
  MAX_ASKS,
  MAX_MISSING_IN_A_ROW,
  MAX_SUSPECTED,
  REPEAT_MS,
  Retransmission,
  type NotedPacket,
} from './retransmission.ts';

const FRAME_MS = 20;

/** The packet of this number on a bus that sends one every 20 ms. */
const packet = (n: number, marker = false): NotedPacket => ({
  sequence: n & 0xffff,
  timestamp: (n * FRAME_MS * 48) | 0,
  marker,
});

interface Coming {
  readonly n: number;
  readonly atMs: number;
}

interface Asked {
  readonly n: number;
  readonly atMs: number;
}

/** What is asked for and when, while these packets come and until `untilMs`; `answer` may let others come. */
function listen(
  bus: Retransmission,
  arrivals: readonly Coming[],
  untilMs: number,
  answer: (asked: Asked) => Coming | null = () => null,
): Asked[] {
  const coming = [...arrivals].sort((a, b) => a.atMs - b.atMs);
  const all: Asked[] = [];
  for (;;) {
    const next = coming[0];
    const atMs = Math.min(next?.atMs ?? Number.POSITIVE_INFINITY, bus.wakeMs);
    if (atMs > untilMs) return all;
    const isPacket = next !== undefined && next.atMs === atMs;
    if (isPacket) coming.shift();
    for (const n of isPacket ? bus.note(packet(next.n), atMs) : bus.due(atMs)) {
      all.push({ n, atMs });
      const again = answer({ n, atMs });
      if (again) coming.push(again);
    }
    coming.sort((a, b) => a.atMs - b.atMs);
  }
}

/** Packets from 0 on that are under way for `wayMs`, without those that are `lost`. */
const steady = (count: number, lost: readonly number[] = [], wayMs: (n: number) => number = () => 20): Coming[] =>
  Array.from({ length: count }, (_value, n) => ({ n, atMs: n * FRAME_MS + wayMs(n) })).filter(
    ({ n }) => !lost.includes(n),
  );

describe('asking for missing packets', () => {
  it('PO23: asks at once, again while it is still missing, and not for ever', () => {
    const bus = new Retransmission();
    bus.note(packet(65_534), 0);
    const asked = Array.from({ length: 30 }, (_, index) => bus.note(packet(65_537 + index), 20 * (index + 1)));
    expect(asked[0]).toEqual([65_535, 0]);
    expect(asked.flat().filter((sequence) => sequence === 0)).toHaveLength(2 * MAX_ASKS);
    expect(asked.slice(12).flat()).toEqual([]);
  });

  it('PO23: does not ask again for what came', () => {
    const bus = new Retransmission();
    bus.note(packet(1), 0);
    expect(bus.note(packet(3), 20)).toEqual([2]);
    expect(bus.note(packet(2), 30)).toEqual([]);
    expect(bus.note(packet(4), 60)).toEqual([]);
    expect(bus.note(packet(5), 200)).toEqual([]);
  });

  it.each([65, 150, 300])(
    'PO23, PO60: does not ask again before an answer can be there, once it knows that one takes %i ms',
    (answerMs) => {
      const lost = Array.from({ length: 20 }, (_value, n) => n * 10 + 5);
      const asked = listen(new Retransmission(), steady(200, lost), 4_000 + answerMs, ({ n, atMs }) => ({
        n,
        atMs: atMs + answerMs,
      }));
      const later = asked.filter(({ n }) => n > 100 && n < 200);
      expect(new Set(later.map(({ n }) => n)).size).toBe(10);
      // The question and its repetition.
      expect(later).toHaveLength(20);
    },
  );

  it('PO23: leaves outages and old losses alone', () => {
    const bus = new Retransmission();
    bus.note(packet(1), 0);
    expect(bus.note(packet(3 + MAX_MISSING_IN_A_ROW), 20)).toEqual([]);
    expect(bus.note(packet(5 + MAX_MISSING_IN_A_ROW), 40)).toHaveLength(1);
    expect(bus.note(packet(6 + MAX_MISSING_IN_A_ROW), 41 + ASK_LIFE_MS)).toEqual([]);
  });

  it('PO60: repeats a question that may have been lost, though no packet comes, and not when the answer is there', () => {
    const bus = new Retransmission();
    bus.note(packet(0), 0);
    bus.note(packet(2), 40);
    expect(bus.wakeMs).toBe(40 + REPEAT_MS);
    expect(bus.due(40 + REPEAT_MS)).toEqual([1]);
    const other = new Retransmission();
    other.note(packet(0), 0);
    other.note(packet(2), 40);
    other.note(packet(1), 50);
    expect(other.wakeMs).toBe(Number.POSITIVE_INFINITY);
    expect(other.due(40 + REPEAT_MS)).toEqual([]);
  });
});

describe('PO61: a packet that does not come when others do', () => {
  // Ways of 10 to 29 ms.
  const wayMs = (n: number): number => 10 + ((n * 7) % 20);

  it('is asked for before a later one shows that it is missing', () => {
    const [first] = listen(new Retransmission(), steady(99, [80], wayMs), 1_900).filter(({ n }) => n === 80);
    // The next one is there after 47 ms only.
    expect(first?.atMs).toBe(80 * FRAME_MS + 28 + 2);
  });

  it('is asked for once while it may be late only', () => {
    const late = steady(100, [80], wayMs).filter(({ n }) => n <= 80 || n > 86);
    const before = listen(new Retransmission(), late, 85 * FRAME_MS).filter(({ n }) => n === 80);
    expect(before.map(({ atMs }) => atMs - 80 * FRAME_MS)).toEqual([30, 30 + REPEAT_MS]);
  });

  it('says nothing of how long an answer takes if it was late only', () => {
    const lost = [80, 85, 90, 95];
    // One in twenty comes just after it was asked for, long before an answer.
    const slow = (n: number): number => (n % 20 === 0 ? 33 : wayMs(n));
    const asked = listen(new Retransmission(), steady(140, lost, slow), 2_700, ({ n, atMs }) =>
      lost.includes(n) ? { n, atMs: atMs + 70 } : null,
    );
    expect(asked.filter(({ n }) => n === 95)).toHaveLength(2);
  });

  it('is not waited for after a marked end, nor on a bus that does not send steadily', () => {
    const ended = new Retransmission();
    listen(ended, steady(60), 1_210);
    ended.note(packet(60, true), 1_220);
    expect(ended.wakeMs).toBe(Number.POSITIVE_INFINITY);
    const pilots = new Retransmission();
    for (let n = 0; n < 60; n += 1) pilots.note({ sequence: n, timestamp: n * 24_000, marker: false }, n * 500);
    expect(pilots.wakeMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('is no reason to ask for all that follows when nothing comes any more', () => {
    const bus = new Retransmission();
    const asked = listen(bus, steady(60), 60_000);
    expect(asked.map(({ n }) => n).sort()).toEqual([60, 60, 61, 61, 62, 62]);
    expect(new Set(asked.map(({ n }) => n)).size).toBe(MAX_SUSPECTED);
    expect(bus.wakeMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('is there in time at 150 ms on the bad link, also when a question was lost: a chirp was lost so', () => {
    // Seen on 27 November: asked for 47 ms after its stamp, the question was lost, asked again after 92 ms, and the answer came after 135. It was needed after 127.
    const arrivals = steady(99, [80], wayMs);
    let questions = 0;
    const answers: number[] = [];
    listen(new Retransmission(), arrivals, 2_000, ({ n, atMs }) => {
      if (n !== 80) return null;
      questions += 1;
      if (questions === 1) return null;
      answers.push(atMs + 53 - 80 * FRAME_MS);
      return { n, atMs: atMs + 53 };
    });
    expect(answers[0]).toBeLessThan(126);
  });
});

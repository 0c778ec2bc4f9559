import { describe, expect, it } from 'vitest';
import { SHARED_DELAY_MS } from '../protocol/limits.ts';
import { DelayNeed } from './delay-need.ts';
import { GroupDelay } from './group-delay.ts';

const PACKET_MS = 20;
const START_MS = 1_700_000_000_000;

/** Packets that are under way for so long, in ms; arrivals are in order, as those of one path. */
function after(...transits: readonly number[]): DelayNeed {
  const need = new DelayNeed();
  send(need, transits);
  return need;
}

function send(need: DelayNeed, transits: readonly number[], fromMs = START_MS, onArrival?: (nowMs: number) => void) {
  const packets = transits.map((ms, index) => ({ ms, atMs: fromMs + index * PACKET_MS + ms }));
  for (const { ms, atMs } of packets.sort((a, b) => a.atMs - b.atMs)) {
    need.note(ms, atMs);
    onArrival?.(atMs);
  }
}

const seconds = (count: number, transit: (index: number) => number) =>
  Array.from({ length: (count * 1_000) / PACKET_MS }, (_value, index) => transit(index));
const usual = seconds(11, (index) => 20 + (index % 20));
/** A path that stands still for `ms`: what was sent meanwhile comes all at once. */
const standstill = (ms: number, usualMs: number) =>
  Array.from({ length: ms / PACKET_MS }, (_value, index) => usualMs + ms - index * PACKET_MS);

describe('delay that a path needs', () => {
  it('PO32: lets nearly all packets come in time, and not the last one that was asked for again', () => {
    expect(after(...usual).ms).toBe(39);
    expect(after(...seconds(11, (index) => (index % 50 === 7 ? 120 : 30))).ms).toBe(30);
    expect(after(...seconds(11, (index) => (index % 25 === 7 ? 120 : 30))).ms).toBe(120);
  });

  it('PO32: is not known of a few packets, nor of those of long ago', () => {
    expect(after(...usual.slice(0, 100)).ms).toBeNull();
    const need = after(...usual);
    need.forget();
    expect(need.ms).toBeNull();
    expect(after(...seconds(8, () => 300), ...usual).ms).toBe(39);
  });

  it('PO32: is never negative', () => {
    expect(after(...seconds(5, () => -30)).ms).toBe(0);
  });

  it('PO82: is not what a path needed that stood still once or twice, and is what it needs again and again', () => {
    const quiet = (count: number) => seconds(count, () => 140);
    const still = standstill(400, 140);
    expect(after(...quiet(6), ...still, ...quiet(6)).ms).toBe(140);
    expect(after(...quiet(4), ...still, ...quiet(2), ...still, ...quiet(5)).ms).toBe(140);
    const often = [...quiet(1), ...still, ...quiet(1), ...still];
    expect(after(...often, ...often, ...often, ...quiet(1)).ms).toBeGreaterThan(300);
  });

  it('PO82: a hiccup of one receiver raises no delay, a link that has become slower does', () => {
    const delay = new GroupDelay(SHARED_DELAY_MS);
    const need = new DelayNeed();
    const orders: number[] = [];
    let reviewedMs = START_MS;
    const review = (nowMs: number) => {
      if (nowMs - reviewedMs < 2_000) return;
      reviewedMs = nowMs;
      if (delay.review(SHARED_DELAY_MS, need.ms === null ? [] : [need.ms], nowMs))
        orders.push(delay.order.playoutDelayMs);
    };
    const once = [...seconds(20, () => 140), ...standstill(400, 140), ...seconds(30, () => 140)];
    send(need, once, START_MS, review);
    expect(orders).toEqual([]);
    send(
      need,
      seconds(30, () => 240),
      START_MS + once.length * PACKET_MS,
      review,
    );
    expect(orders).toEqual([260]);
  });
});

import { describe, expect, it } from 'vitest';
import { HandOver, MAX_LEAD_MS, RESCUE_MS } from './hand-over.ts';

/** A player whose turn comes every 10 ms; `since` says how long after the one before it came, in ms. */
function turns(handOver: HandOver, fromMs: number, untilMs: number, since: (ms: number) => number): void {
  for (let ms = fromMs; ms < untilMs; ms += 10) handOver.note(since(ms), ms);
}
const everyFiveSeconds = (waitMs: number) => (ms: number) => (ms % 5_000 === 0 ? waitMs : 10);

describe('PO110: how long before its time sound is handed over', () => {
  it('grows with what this process is late, not with what it was late once', () => {
    const handOver = new HandOver();
    turns(handOver, 0, 9_000, (ms) => (ms === 4_000 ? 300 : 10));
    expect(handOver.leadMs(200, 30)).toBe(15);
    turns(handOver, 9_000, 20_000, everyFiveSeconds(40));
    expect(handOver.leadMs(200, 30)).toBe(45);
  });

  it('is bounded', () => {
    const handOver = new HandOver();
    turns(handOver, 0, 20_000, everyFiveSeconds(500));
    expect(handOver.leadMs(1_000, 30)).toBe(MAX_LEAD_MS);
  });

  it('takes nothing of what packets need, and of what it takes to ask for a lost one', () => {
    const handOver = new HandOver();
    turns(handOver, 0, 20_000, everyFiveSeconds(50));
    expect(handOver.leadMs(60, 30)).toBe(0);
    expect(handOver.leadMs(150, 70)).toBe(150 - 70 - RESCUE_MS);
  });

  it('does not take its own lead for a way that packets need', () => {
    const handOver = new HandOver();
    turns(handOver, 0, 20_000, everyFiveSeconds(50));
    const wayMs = 70;
    const leads = [0];
    for (let n = 0; n < 5; n++) leads.push(handOver.leadMs(200, wayMs + (leads.at(-1) ?? 0)));
    expect(leads.slice(1)).toEqual([55, 55, 55, 55, 55]);
  });

  it('stays while nothing is known of packets, and goes back when this process has kept its time for a minute', () => {
    const handOver = new HandOver();
    turns(handOver, 0, 20_000, everyFiveSeconds(40));
    expect(handOver.leadMs(200, 30)).toBe(45);
    turns(handOver, 20_000, 90_000, () => 10);
    expect(handOver.leadMs(200, null)).toBe(45);
    expect(handOver.leadMs(200, 75)).toBe(15);
  });
});

import { describe, expect, it } from 'vitest';
import { HandoverLatency } from './handover-latency.ts';

function after(...reports: readonly number[]): number {
  const latency = new HandoverLatency(20);
  for (const report of reports) latency.note(report);
  return latency.ms;
}

const usual = Array.from({ length: 300 }, (_value, index) => 10 + (index % 10));

describe('time that a sample is under way to the card', () => {
  it('PO28: is what the server needs at most, as several reports say', () => {
    expect(after()).toBe(20);
    expect(after(...usual)).toBe(19);
    expect(after(...usual, 40, 41, 40)).toBe(40);
  });

  it('PO28: one or two reports that are far too high move nothing', () => {
    expect(after(...usual, 1_900, 1_900)).toBe(19);
  });

  it('PO28: is forgotten ten seconds after the server last needed it', () => {
    expect(after(200, 200, 200, ...usual)).toBe(19);
  });
});

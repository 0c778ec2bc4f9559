import { describe, expect, it } from 'vitest';
import { DelayNeed } from './delay-need.ts';

function after(...needs: readonly number[]): DelayNeed {
  const need = new DelayNeed();
  for (const ms of needs) need.note(ms);
  return need;
}

const usual = Array.from({ length: 500 }, (_value, index) => 20 + (index % 20));

describe('delay that a path needs', () => {
  it('PO32: lets nearly all packets come in time, and not the last one that was asked for again', () => {
    expect(after(...usual).ms).toBe(39);
    expect(after(...usual.slice(0, 495), 400, 400, 400, 400, 400).ms).toBe(39);
    expect(after(...usual.slice(0, 480), ...new Array<number>(20).fill(400)).ms).toBe(400);
  });

  it('PO32: is not known of a few packets, nor of those of long ago', () => {
    expect(after(...usual.slice(0, 50)).ms).toBeNull();
    const need = after(...usual);
    need.forget();
    expect(need.ms).toBeNull();
    expect(after(...new Array<number>(400).fill(300), ...usual).ms).toBe(39);
  });

  it('PO32: is never negative', () => {
    expect(after(...new Array<number>(100).fill(-30)).ms).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import { slotOf, unrecordedMs } from './unrecorded.ts';

const BEGIN = 1_700_000_000_000;
/** Heard all the time from one second after the begin to another. */
const heard = (fromS: number, untilS: number) =>
  new Map(Array.from({ length: (untilS - fromS) * 10 }, (_, i) => [slotOf(BEGIN + fromS * 1_000) + i, 100]));
const record = (fromS: number, untilS: number, renderedMs = (untilS - fromS) * 1_000) => ({
  firstSoundAt: new Date(BEGIN + fromS * 1_000),
  lastSoundAt: new Date(BEGIN + untilS * 1_000),
  renderedMs,
});

describe('what stands in no record', () => {
  it('is nothing when the records go from the first sound to the last', () => {
    expect(unrecordedMs(heard(0, 30), [record(0, 30)])).toBe(0);
    expect(unrecordedMs(heard(3, 20), [record(0, 12), record(12, 30)])).toBe(0);
  });

  it('is all of it without a record, the end that was not sent, and the piece between two', () => {
    expect(unrecordedMs(heard(0, 30), [])).toBe(30_000);
    expect(unrecordedMs(heard(0, 30), [record(0, 22)])).toBe(8_000);
    expect(unrecordedMs(heard(0, 30), [record(0, 10), record(15, 30)])).toBe(5_000);
  });

  it('is what a record says it has not rendered', () => {
    expect(unrecordedMs(heard(0, 30), [record(0, 30, 21_000)])).toBe(9_000);
  });
});

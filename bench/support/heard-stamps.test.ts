import { describe, expect, it } from 'vitest';
import { toTimestamp } from '@loa/shared/timing/rtp-timeline';
import { HeardStamps } from './heard-stamps.ts';

const BEGIN = 1_700_000_000_000;
const VOICE = 7;

/** A voice that was heard for a second: 50 frames of 20 ms, each 50 ms after its stamp. */
function listen() {
  const heard = new HeardStamps(200);
  heard.follow(VOICE);
  const note = (tag: number, stampMs: number, lateMs = 50) =>
    heard.note('one', tag, toTimestamp(BEGIN + stampMs), BEGIN + stampMs + lateMs);
  for (let ms = 0; ms < 1_000; ms += 20) note(VOICE, ms);
  return { heard, note };
}

describe('what a receiver of the bench has heard', () => {
  it('of the voice alone is neither wrong nor has it a hole', () => {
    const { heard, note } = listen();
    note(VOICE, 980, 60);
    expect([heard.wrongMs, heard.gaps(BEGIN + 1_200)]).toEqual([0, [20]]);
    expect([...(heard.slots.get('one')?.values() ?? [])].reduce((sum, ms) => sum + ms, 0)).toBe(1_000);
  });

  it('is wrong when it is of another broadcast, or the same moment twice', () => {
    const { heard, note } = listen();
    note(VOICE + 1, 500);
    expect(heard.wrongMs).toBe(20);
    note(VOICE, 507);
    expect(heard.wrongMs).toBeGreaterThan(20);
    heard.forget();
    expect(heard.wrongMs).toBe(0);
  });

  it('has a seam where the source comes back: that is not the same moment twice', () => {
    const { heard, note } = listen();
    for (let ms = 989; ms < 1_500; ms += 20) note(VOICE, ms);
    expect(heard.wrongMs).toBe(0);
  });

  it('has a hole where what came was too late, also one that is not over', () => {
    const { heard, note } = listen();
    for (let ms = 1_000; ms < 1_400; ms += 20) note(VOICE, ms, 300);
    note(VOICE, 1_400);
    expect(heard.gaps(BEGIN + 1_600)).toEqual([400]);
    expect(heard.gaps(BEGIN + 4_600)).toEqual([3_000]);
  });

  it('is heard by all while none of them has fallen silent', () => {
    const { heard, note } = listen();
    heard.note('two', VOICE, toTimestamp(BEGIN + 980), BEGIN + 1_000);
    expect(heard.isHeardByAll(BEGIN + 1_250)).toBe(true);
    note(VOICE, 1_200);
    expect(heard.isHeardByAll(BEGIN + 1_450)).toBe(false);
    heard.note('two', VOICE, toTimestamp(BEGIN + 1_220), BEGIN + 1_240);
    expect(heard.isHeardByAll(BEGIN + 1_450)).toBe(true);
  });

  it('is not what came for later when it was ended', () => {
    const { heard, note } = listen();
    heard.endAt(BEGIN + 700);
    note(VOICE, 1_000);
    expect([...(heard.slots.get('one')?.values() ?? [])].reduce((sum, ms) => sum + ms, 0)).toBe(500);
    heard.goOn();
    note(VOICE, 1_020);
    expect([...(heard.slots.get('one')?.values() ?? [])].reduce((sum, ms) => sum + ms, 0)).toBe(520);
  });
});

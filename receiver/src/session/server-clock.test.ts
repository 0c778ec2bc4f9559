import { describe, expect, it } from 'vitest';
import { MAX_PILOT_TRANSIT_MS, ServerClock } from './server-clock.ts';

const answered = (offsetMs: number) => ({ sentAtMs: 1_000, serverTimeMs: 1_002 + offsetMs, receivedAtMs: 1_004 });

describe('clock of the server', () => {
  it('PO21: is what the door answers, whatever pilots took on their way', () => {
    const clock = new ServerClock();
    clock.note(answered(5_000));
    for (const transitMs of [900, 40, 300]) clock.notePilot({ run: 'a', clock: 0, serverTimeMs: 5_000 }, transitMs);
    expect(clock.toServer(10)).toBe(5_010);
    expect(clock.disagreed).toBe(false);
  });

  it("PO21: is the pilots' when the door speaks of another clock, until it does not any more", () => {
    const clock = new ServerClock();
    clock.note(answered(3_600_000));
    for (const transitMs of [30, 8, 12])
      clock.notePilot({ run: 'a', clock: 0, serverTimeMs: 2_000 }, 2_000 + transitMs);
    expect(clock.disagreed).toBe(true);
    expect(clock.toServer(0)).toBe(-8);
    clock.notePilot({ run: 'b', clock: 0, serverTimeMs: 3_600_000 }, 5);
    expect(clock.disagreed).toBe(false);
    expect(clock.toServer(0)).toBe(3_600_000);
  });

  it('PO21: stays right while the door is away and only pilots get through', () => {
    const clock = new ServerClock();
    const serverAt = (ownMs: number): number => ownMs * (1 + 50 / 1e6) + 5_000;
    const pilot = (ownMs: number) => clock.notePilot({ run: 'a', clock: 0, serverTimeMs: serverAt(ownMs - 10) }, ownMs);
    for (let at = 1_000; at <= 5_000; at += 1_000) {
      clock.note({ sentAtMs: at - 2, serverTimeMs: serverAt(at), receivedAtMs: at + 2 });
      pilot(at);
    }
    for (let at = 6_000; at < 3_600_000; at += 1_000) pilot(at);
    expect(Math.abs(clock.toServer(3_600_000) - serverAt(3_600_000))).toBeLessThan(2);
    const steppedMs = clock.note({ sentAtMs: 3_599_998, serverTimeMs: serverAt(3_600_000), receivedAtMs: 3_600_002 });
    expect(steppedMs).toBe(0);
    expect(Math.abs(clock.toServer(3_600_000) - serverAt(3_600_000))).toBeLessThan(2);
  });

  it.each([-30_000, -600, 600, 30_000])('TL8: follows at once when it was set by %d ms', (stepMs) => {
    const clock = new ServerClock();
    clock.note(answered(5_000));
    for (const at of [1_000, 2_000, 3_000]) clock.notePilot({ run: 'a', clock: 0, serverTimeMs: 5_000 + at }, at + 10);
    clock.notePilot({ run: 'a', clock: 1, serverTimeMs: 9_000 + stepMs }, 4_010);
    expect(clock.toServer(4_010)).toBe(9_000 + stepMs);
    clock.note(answered(5_000 + stepMs));
    expect(clock.disagreed).toBe(false);
    expect(clock.toServer(4_010)).toBe(9_010 + stepMs);
  });

  it("PO21: is the pilots' while the door does not answer", () => {
    const clock = new ServerClock();
    clock.notePilot({ run: 'a', clock: 0, serverTimeMs: 7_000 + MAX_PILOT_TRANSIT_MS * 3 }, 0);
    expect(clock.toServer(0)).toBe(7_000 + MAX_PILOT_TRANSIT_MS * 3);
  });
});

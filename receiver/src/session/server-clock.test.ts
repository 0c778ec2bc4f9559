import { describe, expect, it } from 'vitest';
import { CLOCK_WANDER_PPM } from '@loa/shared/timing/clock-offset';
import { MAX_PILOT_TRANSIT_MS, PILOT_LIFE_MS, ServerClock } from './server-clock.ts';

/** A clock on a machine whose own time is what the test says. */
function createClock() {
  const own = { now: 0 };
  const clock = new ServerClock(() => own.now);
  const ask = (offsetMs: number, wayMs = 2) =>
    clock.note({ sentAtMs: own.now - 2 * wayMs, serverTimeMs: own.now - wayMs + offsetMs, receivedAtMs: own.now });
  const pilot = (offsetMs: number, transitMs = 10) =>
    clock.notePilot({ run: 'a', clock: 0, serverTimeMs: own.now - transitMs + offsetMs }, own.now);
  return { own, clock, ask, pilot };
}

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
    const clock = new ServerClock(() => 2_030);
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

  it('PO84: after sleep the first answer of the door is believed, though pilots of before it say otherwise', () => {
    const { own, clock, ask, pilot } = createClock();
    for (own.now = 1_000; own.now < 20_000; own.now += 1_000) {
      ask(5_000);
      pilot(5_000);
    }
    // Own time stood still for a minute.
    expect(ask(65_000)).toBeCloseTo(60_000, 0);
    expect(clock.disagreed).toBe(false);
    expect(clock.now()).toBeCloseTo(own.now + 65_000, 0);
  });

  it('PO84: pilots of long ago say nothing against the door, nor against a pilot of now', () => {
    const { own, clock, ask, pilot } = createClock();
    for (own.now = 1_000; own.now < 11_000; own.now += 1_000) pilot(5_000);
    ask(5_000);
    // Hours without a path; the own clock gains on that of the server, as the door says all along.
    for (; own.now < 20_000_000; own.now += 3_000) ask(5_000 - own.now / 1e4);
    const offsetMs = 5_000 - own.now / 1e4;
    expect(clock.disagreed).toBe(false);
    expect(clock.now() - own.now).toBeCloseTo(offsetMs, 0);
    pilot(offsetMs);
    expect(clock.disagreed).toBe(false);
    const alone = createClock();
    for (const now of [1_000, 2_000]) {
      alone.own.now = now;
      alone.pilot(5_000);
    }
    alone.own.now += PILOT_LIFE_MS;
    // The last word holds while there is no other.
    expect(alone.clock.now() - alone.own.now).toBe(4_990);
    alone.own.now += 1;
    alone.pilot(4_000);
    expect(alone.clock.now() - alone.own.now).toBe(3_990);
  });

  it('PO84: another door that speaks of another clock does not outvote pilots', () => {
    const { own, clock, ask, pilot } = createClock();
    clock.follow('http://one');
    for (own.now = 1_000; own.now < 11_000; own.now += 1_000) {
      ask(5_000);
      pilot(5_000);
    }
    clock.follow('http://two');
    ask(3_600_000);
    expect(clock.disagreed).toBe(true);
    expect(clock.now() - own.now).toBeCloseTo(5_000, -2);
  });

  it('PO85: the stated error grows while nothing is heard, and hardly while pilots get through', () => {
    const { own, clock, ask, pilot } = createClock();
    const error = () => clock.estimate?.errorMs ?? Number.NaN;
    for (own.now = 1_000; own.now < 11_000; own.now += 1_000) {
      ask(5_000);
      pilot(5_000);
    }
    own.now -= 1_000;
    const known = error();
    own.now += 3_600_000;
    expect(error() - known).toBeCloseTo((3_600_000 * CLOCK_WANDER_PPM) / 1e6, 6);
    own.now -= 3_600_000;
    for (const untilMs = own.now + 3_600_000; own.now < untilMs; own.now += 1_000) pilot(5_000);
    expect(error() - known).toBeLessThan(1);
  });

  it('PO85: of another door it is what that one’s answers leave open, not what both leave open together', () => {
    const { own, clock, ask } = createClock();
    clock.follow('http://one');
    for (own.now = 1_000; own.now < 11_000; own.now += 1_000) ask(5_000, 2);
    clock.follow('http://one');
    expect(clock.estimate?.errorMs).toBeLessThan(2.2);
    clock.follow('http://two');
    // Its clock is 11 ms ahead, within what it leaves open itself.
    ask(5_011, 12);
    const { offsetMs, errorMs } = clock.estimate ?? { offsetMs: 0, errorMs: 0 };
    expect(Math.abs(offsetMs - 5_011)).toBeLessThanOrEqual(errorMs);
  });
});

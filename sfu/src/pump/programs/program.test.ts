import { describe, expect, it } from 'vitest';
import type { ZoneId } from '@loa/shared/ids';
import { toTimestamp } from '@loa/shared/timing/rtp-timeline';
import type { Bus, BusFrame } from '../buses/bus.ts';
import type { BusMap } from '../buses/bus-map.ts';
import { END_PAYLOAD, isStandIn } from '@loa/shared/protocol/stand-in';
import { createProgram, STAND_IN_AFTER_MS } from './program.ts';

const CSRC = 0x84000007;
const SPEECH = Buffer.from([0xf8, 1, 2, 3]);
const ONE_MS = 48;

const zone = (id: string) => id as ZoneId;

function recorder(): Bus & { readonly frames: BusFrame[] } {
  const frames: BusFrame[] = [];
  return { name: 'test', frames, send: (frame: BusFrame) => void frames.push(frame) } as never;
}

/** A program on the buses `a` and `b`, with a clock that the test moves. */
function setUp() {
  const clock = { now: 1_700_000_000_000 };
  const buses = new Map([
    [zone('a'), recorder()],
    [zone('b'), recorder()],
  ]);
  const map = { peek: (id: ZoneId) => buses.get(id) } as BusMap;
  const program = createProgram(CSRC, map, () => clock.now);
  const framesOn = (id: string) => buses.get(zone(id))?.frames ?? [];
  /** Speaks for a number of frames, a frame after the other. */
  const speak = (count: number) => {
    for (let n = 0; n < count; n++) {
      program.push({ stampMs: clock.now, payload: SPEECH });
      clock.now += 20;
      program.watch(clock.now);
    }
  };
  const wait = (ms: number) => {
    for (let t = 0; t < ms; t += 5) {
      clock.now += 5;
      program.watch(clock.now);
    }
  };
  return { clock, program, framesOn, speak, wait };
}

const steps = (frames: readonly BusFrame[]) =>
  frames.slice(1).map(({ timestamp }, i) => (timestamp - (frames[i]?.timestamp ?? 0)) >>> 0);

describe('a program', () => {
  it('sends each frame with its label and stamp to every zone, and to zones without a bus not at all', () => {
    const { program, framesOn, clock } = setUp();
    program.place([zone('a'), zone('b'), zone('nobody')], []);
    program.push({ stampMs: clock.now, payload: SPEECH });
    for (const id of ['a', 'b'])
      expect(framesOn(id)).toEqual([{ csrc: CSRC, timestamp: toTimestamp(clock.now), marker: false, payload: SPEECH }]);
  });

  it('sends to zone outputs as well', () => {
    const { program, clock } = setUp();
    const output = recorder();
    program.place([], [output]);
    program.push({ stampMs: clock.now, payload: SPEECH });
    expect(output.frames).toHaveLength(1);
  });

  it('is silent on the buses that it has not got', () => {
    const { program, framesOn, speak } = setUp();
    program.place([zone('a')], []);
    speak(3);
    expect(framesOn('b')).toEqual([]);
  });

  it('ends three times on a bus that it leaves, after its last frame, and goes on elsewhere', () => {
    const { program, framesOn, speak } = setUp();
    program.place([zone('a'), zone('b')], []);
    speak(2);
    program.place([zone('b')], []);
    speak(1);
    const left = framesOn('a');
    expect(left.map(({ marker }) => marker)).toEqual([false, false, true, true, true]);
    expect(left[2]?.payload).toEqual(Buffer.from(END_PAYLOAD));
    expect(steps(left)).toEqual([960, 960, 960, 960]);
    expect(framesOn('b').map(({ marker }) => marker)).toEqual([false, false, false]);
  });

  it('the end follows the whole of a long frame', () => {
    const { program, framesOn, clock } = setUp();
    program.place([zone('a')], []);
    // SILK of 60 ms.
    program.push({ stampMs: clock.now, payload: Buffer.from([11 << 3, 1, 2]) });
    program.end();
    expect(steps(framesOn('a'))[0]).toBe(60 * ONE_MS);
  });

  it('has nothing more to say after its end', () => {
    const { program, framesOn, speak } = setUp();
    program.place([zone('a')], []);
    speak(1);
    program.end();
    const count = framesOn('a').length;
    speak(3);
    program.end();
    expect(framesOn('a')).toHaveLength(count);
  });
});

describe('a source that is away', () => {
  it('is not stood in for during a short gap', () => {
    const { program, framesOn, speak, wait } = setUp();
    program.place([zone('a')], []);
    speak(5);
    wait(STAND_IN_AFTER_MS - 25);
    expect(framesOn('a')).toHaveLength(5);
  });

  it('is then stood in for by silent frames without a gap, close to now', () => {
    const { program, framesOn, speak, wait, clock } = setUp();
    program.place([zone('a')], []);
    speak(5);
    wait(3_000);
    const silent = framesOn('a').slice(5);
    expect(silent.length).toBeGreaterThan(130);
    expect(silent.every(({ payload, marker }) => isStandIn(payload) && !marker)).toBe(true);
    expect(new Set(steps(silent))).toEqual(new Set([960]));
    const behind = (toTimestamp(clock.now) - (silent.at(-1)?.timestamp ?? 0)) / ONE_MS;
    expect(behind).toBeGreaterThanOrEqual(40);
    expect(behind).toBeLessThanOrEqual(85);
  });

  it('the gap before is not filled with frames that are past for everybody', () => {
    const { program, framesOn, speak, wait } = setUp();
    program.place([zone('a')], []);
    speak(1);
    wait(STAND_IN_AFTER_MS);
    expect(framesOn('a').length - 1).toBeLessThanOrEqual(2);
  });

  it('comes back at once; what it says about the time that was filled is stale', () => {
    const { program, framesOn, speak, wait, clock } = setUp();
    program.place([zone('a')], []);
    speak(5);
    wait(1_000);
    const before = framesOn('a').length;
    program.push({ stampMs: clock.now - 500, payload: SPEECH });
    expect(framesOn('a')).toHaveLength(before);
    program.push({ stampMs: clock.now - 20, payload: SPEECH });
    speak(2);
    const added = framesOn('a').slice(before);
    expect(added.map(({ payload }) => payload.equals(SPEECH))).toEqual([true, true, true]);
  });

  it('that never says a word is stood in for from the start', () => {
    const { program, framesOn, wait } = setUp();
    program.place([zone('a')], []);
    wait(1_000);
    expect(framesOn('a').length).toBeGreaterThan(35);
  });

  it('after this process stood still it is heard with what came meanwhile, which is read only then', () => {
    const { program, framesOn, speak, wait, clock } = setUp();
    program.place([zone('a')], []);
    speak(5);
    const stoodAt = clock.now;
    clock.now += STAND_IN_AFTER_MS + 20;
    program.watch(clock.now);
    wait(20);
    for (let stampMs = stoodAt; stampMs < clock.now; stampMs += 20) program.push({ stampMs, payload: SPEECH });
    speak(2);
    expect(framesOn('a').every(({ payload }) => payload.equals(SPEECH))).toBe(true);
    expect(new Set(steps(framesOn('a')))).toEqual(new Set([960]));
  });

  it('after this process stood still it does not send what it missed', () => {
    const { program, framesOn, speak, wait, clock } = setUp();
    program.place([zone('a')], []);
    speak(5);
    clock.now += 60_000;
    wait(65);
    expect(framesOn('a')).toHaveLength(6);
  });
});

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ChimeGate } from './chime-gate.ts';
import { THREE_TONES } from './chime.ts';

/** A gain that is where it was last told to go. */
interface FakeGain {
  readonly gain: { value: number; setTargetAtTime(value: number): void };
  /** What it is connected to. */
  to: unknown;
  connect(to: unknown): unknown;
  disconnect(): void;
}

function aGain(): FakeGain {
  const node: FakeGain = {
    gain: Object.assign({ value: 1, setTargetAtTime: (value: number) => void (node.gain.value = value) }, ENVELOPE),
    to: null,
    connect: (to) => (node.to = to),
    disconnect: () => void (node.to = null),
  };
  return node;
}

const nothing = () => undefined;
const ENVELOPE = {
  setValueAtTime: nothing,
  linearRampToValueAtTime: nothing,
  exponentialRampToValueAtTime: nothing,
};

function aGate() {
  const gains: FakeGain[] = [];
  const decoded = Promise.withResolvers<AudioBuffer>();
  const source = () => ({
    frequency: { value: 0 },
    connect: (to: unknown) => to,
    start: nothing,
    stop: nothing,
  });
  const context = {
    currentTime: 0,
    createGain: () => gains[gains.push(aGain()) - 1],
    createOscillator: source,
    createBufferSource: source,
    decodeAudioData: () => decoded.promise,
  };
  const voice = aGain();
  const mix = {} as AudioNode;
  let holds = false;
  const onHold = (now: boolean) => (holds = now);
  const gate = new ChimeGate(context as unknown as BaseAudioContext, voice as unknown as GainNode, mix, onHold);
  const audible = () => gains.filter(({ gain, to }) => to === mix && gain.value > 0).length;
  return { gate, voice, audible, decoded, holds: () => holds };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('the voice waits for the chime and is heard after it', () => {
  const { gate, voice } = aGate();
  const turn = gate.begin();
  expect(voice.gain.value).toBe(0);
  expect(turn.play(THREE_TONES)).toBe(THREE_TONES.lengthMs);
  vi.advanceTimersByTime(THREE_TONES.lengthMs - 1);
  expect(voice.gain.value).toBe(0);
  vi.advanceTimersByTime(1);
  expect(voice.gain.value).toBe(1);
});

test('a chime that is ended is heard no more, and the voice of the next start is', () => {
  const { gate, voice, audible } = aGate();
  const turn = gate.begin();
  turn.play(THREE_TONES);
  expect(audible()).toBeGreaterThan(0);
  turn.hush();
  vi.advanceTimersByTime(THREE_TONES.lengthMs * 2);
  expect(voice.gain.value).toBe(0);
  turn.end();
  expect(voice.gain.value).toBe(1);
  expect(turn.play(THREE_TONES)).toBe(0);
});

test.each([
  ['hush', 0],
  ['end', 1],
] as const)('a chime of the library that is still being decoded at its %s is never played', async (how, voiceAfter) => {
  const { gate, voice, audible, decoded } = aGate();
  const turn = gate.begin();
  const played = turn.playEncoded(new ArrayBuffer(0));
  turn[how]();
  decoded.resolve({ duration: 3 } as AudioBuffer);
  expect([await played, audible(), voice.gain.value]).toEqual([0, 0, voiceAfter]);
});

test('what ended long ago does not end the chime of another broadcast', () => {
  const { gate, voice } = aGate();
  const first = gate.begin();
  first.play(THREE_TONES);
  const second = gate.begin();
  second.play(THREE_TONES);
  first.end();
  expect(voice.gain.value).toBe(0);
  second.end();
  expect(voice.gain.value).toBe(1);
});

test('a start that asks for no chime is not kept waiting by an earlier one', () => {
  const { gate, voice, audible } = aGate();
  gate.begin().play(THREE_TONES);
  gate.open();
  expect(voice.gain.value).toBe(1);
  vi.advanceTimersByTime(1_000);
  expect(audible()).toBe(0);
});

describe('a chime that waits with its broadcast', () => {
  test('keeps the microphone shut, however long that takes, and says so', () => {
    const { gate, voice, audible, holds } = aGate();
    const turn = gate.begin();
    // Answered late: the gate has opened meanwhile.
    vi.advanceTimersByTime(3_000);
    expect(voice.gain.value).toBe(1);
    turn.hold();
    vi.advanceTimersByTime(600_000);
    expect(voice.gain.value).toBe(0);
    expect(holds()).toBe(true);
    turn.release();
    expect(turn.play(THREE_TONES)).toBe(THREE_TONES.lengthMs);
    expect([audible(), holds()]).toEqual([1, false]);
    vi.advanceTimersByTime(THREE_TONES.lengthMs);
    expect(voice.gain.value).toBe(1);
  });

  test('keeps the voice no longer than at any start once the broadcast is on air', () => {
    const { gate, voice, holds } = aGate();
    const turn = gate.begin();
    turn.hold();
    turn.release();
    expect([voice.gain.value, holds()]).toEqual([0, false]);
    vi.advanceTimersByTime(2_000);
    expect(voice.gain.value).toBe(1);
  });

  test('is over when another broadcast takes the microphone', () => {
    const { gate, voice, holds } = aGate();
    const turn = gate.begin();
    turn.hold();
    gate.open();
    expect([voice.gain.value, holds()]).toEqual([1, false]);
    turn.hold();
    expect([voice.gain.value, holds()]).toEqual([1, false]);
  });
});

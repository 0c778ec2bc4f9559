import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { VolumeHand } from './volume-hand.svelte.ts';

let hand: VolumeHand;
let answers: Array<PromiseWithResolvers<boolean>>;
const set = (volume: number) => {
  hand.move(volume);
  const answer = Promise.withResolvers<boolean>();
  answers.push(answer);
  return hand.set(() => answer.promise);
};

beforeEach(() => {
  vi.useFakeTimers();
  hand = new VolumeHand();
  answers = [];
});
afterEach(() => vi.useRealTimers());

test('the hand’s value is shown until the server says the new one, also after the answer', async () => {
  const done = set(40);
  hand.reported();
  expect(hand.moving).toBe(40);
  answers[0]?.resolve(true);
  await done;
  await vi.advanceTimersByTimeAsync(500);
  expect(hand.moving).toBe(40);
  hand.reported();
  expect(hand.moving).toBeNull();
});

test('what somebody else set in the same moment is shown in the end, though the server said it before it answered', async () => {
  const done = set(40);
  hand.reported();
  answers[0]?.resolve(true);
  await done;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(hand.moving).toBeNull();
});

test('a refusal gives the slider back at once', async () => {
  const done = set(40);
  answers[0]?.resolve(false);
  await done;
  expect(hand.moving).toBeNull();
});

test('a hand that moves again is not disturbed by what it set before', async () => {
  const done = set(40);
  answers[0]?.resolve(true);
  await done;
  hand.move(60);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(hand.moving).toBe(60);
});

test('of two presses the last one is waited for', async () => {
  const first = set(40);
  const second = set(50);
  answers[0]?.resolve(true);
  await first;
  await vi.advanceTimersByTimeAsync(5_000);
  hand.reported();
  expect(hand.moving).toBe(50);
  answers[1]?.resolve(true);
  await second;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(hand.moving).toBeNull();
});

test('a refusal of an earlier press leaves what was set after it', async () => {
  const first = set(40);
  const second = set(50);
  answers[0]?.resolve(false);
  await first;
  expect(hand.moving).toBe(50);
  answers[1]?.resolve(false);
  await second;
  expect(hand.moving).toBeNull();
});

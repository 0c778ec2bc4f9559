import { expect, test } from 'vitest';
import { OWN_DELAY_READINGS, OwnDelay, PAGE_MARGIN_MS } from './own-delay.ts';

function noted(delay: OwnDelay, outputMs: number, isPause: boolean, times = OWN_DELAY_READINGS): number {
  for (let n = 0; n < times; n += 1) delay.note(outputMs, isPause);
  return delay.leastMs;
}

test('PO92: the first reading counts at once; one that is too long is forgotten, and changes nothing later', () => {
  const delay = new OwnDelay();
  expect(noted(delay, 20, false, 1)).toBe(20 + PAGE_MARGIN_MS);
  expect(noted(delay, 20, false)).toBe(70);
  expect(noted(delay, 400, false, 1)).toBe(70);
  expect(noted(delay, 20, false)).toBe(70);
});

test('PO92: a way that has become longer counts when most readings say so; a shorter one in the next pause', () => {
  const delay = new OwnDelay();
  noted(delay, 20, false);
  expect(noted(delay, 200, false)).toBe(250);
  expect(noted(delay, 20, false, 50)).toBe(250);
  expect(noted(delay, 20, true, 1)).toBe(70);
  // A page that was held up at the very start.
  const held = new OwnDelay();
  noted(held, 480, true, 1);
  expect(noted(held, 20, true)).toBe(70);
});

test('PO92: what goes to and fro at the edge of a step moves nothing', () => {
  const delay = new OwnDelay();
  noted(delay, 21, true);
  expect(noted(delay, 19, true)).toBe(80);
  expect(noted(delay, 2_000, true)).toBe(500);
});

import { describe, expect, test } from 'vitest';
import { pannedView, viewShowing } from './map-view.ts';

const SIZE = { width: 1000, height: 800 };
const MIDDLE = { x: 500, y: 400, zoom: 4 };

describe('the view of an enlarged map', () => {
  test.each([
    ['up', { x: 500, y: 320 }],
    ['down', { x: 500, y: 480 }],
    ['left', { x: 400, y: 400 }],
    ['right', { x: 600, y: 400 }],
  ] as const)('goes %s by less than what is seen', (direction, middle) => {
    expect(pannedView(MIDDLE, direction, SIZE)).toEqual({ ...middle, zoom: 4 });
  });

  test('stops at the border', () => {
    expect(pannedView({ x: 130, y: 400, zoom: 4 }, 'left', SIZE)).toEqual({ x: 125, y: 400, zoom: 4 });
  });

  test('stays where it is for a ward that is seen', () => {
    expect(viewShowing(MIDDLE, { x: 540, y: 430 }, SIZE)).toBe(MIDDLE);
  });

  test('goes to a ward that is outside or at its border', () => {
    expect(viewShowing(MIDDLE, { x: 800, y: 300 }, SIZE)).toEqual({ x: 800, y: 300, zoom: 4 });
    expect(viewShowing(MIDDLE, { x: 620, y: 400 }, SIZE)).toEqual({ x: 620, y: 400, zoom: 4 });
  });

  test('shows the whole city as it is', () => {
    const whole = { x: 500, y: 400, zoom: 1 };
    expect(viewShowing(whole, { x: 990, y: 10 }, SIZE)).toEqual(whole);
  });
});

import { describe, expect, test } from 'vitest';
import { RENDER_STALL_MS, RenderWatch } from './render-watch.ts';

const TICK_MS = 50;

/** Looks at it in every tick from `fromMs` on; answers the last look. */
function look(watch: RenderWatch, fromMs: number, lengthMs: number, running = true): boolean {
  let stalled = false;
  for (let at = fromMs; at <= fromMs + lengthMs; at += TICK_MS) stalled = watch.isStalled(at, running);
  return stalled;
}

describe('PO17: sound that stands still', () => {
  test('is noticed when the audio thread tells nothing for a second, and over with the next word', () => {
    const watch = new RenderWatch();
    expect(look(watch, 0, RENDER_STALL_MS)).toBe(false);
    watch.progress(RENDER_STALL_MS);
    expect(look(watch, RENDER_STALL_MS, RENDER_STALL_MS)).toBe(false);
    expect(look(watch, 2 * RENDER_STALL_MS, TICK_MS)).toBe(true);
    watch.progress(2 * RENDER_STALL_MS + TICK_MS);
    expect(look(watch, 2 * RENDER_STALL_MS + TICK_MS, TICK_MS)).toBe(false);
  });

  test('is known at once when the renderer threw, until another one plays', () => {
    const watch = new RenderWatch();
    watch.progress(0);
    watch.fail();
    expect(watch.isStalled(0, true)).toBe(true);
    watch.progress(500);
    expect(watch.isStalled(500, true)).toBe(false);
  });

  test('is not what a browser holds back, nor what a computer slept through', () => {
    const watch = new RenderWatch();
    watch.progress(0);
    expect(look(watch, 0, 5 * RENDER_STALL_MS, false)).toBe(false);
    expect(look(watch, 5 * RENDER_STALL_MS, RENDER_STALL_MS)).toBe(false);
    expect(watch.isStalled(60 * RENDER_STALL_MS, true)).toBe(false);
  });
});

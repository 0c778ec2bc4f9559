import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ContextWatch } from './context-watch.ts';

/** A context that the browser lets run only when it `may`. */
class FakeContext extends EventTarget {
  state: AudioContextState = 'suspended';
  may = false;
  asked = 0;

  resume(): Promise<void> {
    this.asked += 1;
    if (this.may) this.turn('running');
    return this.may ? Promise.resolve() : new Promise(() => undefined);
  }

  turn(state: AudioContextState): void {
    this.state = state;
    this.dispatchEvent(new Event('statechange'));
  }
}

function watchOf(context: FakeContext) {
  const said: boolean[] = [];
  const page = new EventTarget();
  const watch = new ContextWatch(context as unknown as AudioContext, page, (asleep) => said.push(asleep));
  return { watch, said, page };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a context that runs after a moment is no news', () => {
  const context = new FakeContext();
  context.may = true;
  const { said } = watchOf(context);
  vi.advanceTimersByTime(10_000);
  expect(said).toEqual([]);
});

test.each(['pointerdown', 'pointerup', 'keydown'])(
  'one that is held back is said to be, and runs at the next %s',
  (gesture) => {
    const context = new FakeContext();
    const { said, page } = watchOf(context);
    vi.advanceTimersByTime(600);
    expect(said).toEqual([true]);
    context.may = true;
    page.dispatchEvent(new Event(gesture));
    expect(said).toEqual([true, false]);
  },
);

test('it is tried again without a gesture, for the browser may have been told to allow it', () => {
  const context = new FakeContext();
  const { said } = watchOf(context);
  vi.advanceTimersByTime(3_000);
  context.may = true;
  vi.advanceTimersByTime(1_000);
  expect(said).toEqual([true, false]);
});

test('one that the system stops later, as for a call, is said to sleep', () => {
  const context = new FakeContext();
  context.may = true;
  const { said } = watchOf(context);
  context.may = false;
  context.turn('suspended');
  vi.advanceTimersByTime(600);
  expect(said).toEqual([true]);
});

test('after its end nothing is tried and nothing is said', () => {
  const context = new FakeContext();
  const { watch, said, page } = watchOf(context);
  watch.close();
  const { asked } = context;
  page.dispatchEvent(new Event('keydown'));
  vi.advanceTimersByTime(5_000);
  expect([said, context.asked]).toEqual([[], asked]);
});

import type { Page } from '@playwright/test';
import { expect } from './stage.ts';

/**
 * Whether anybody has pressed anything in the page since it was loaded. Asked over the debugger, for whatever Playwright asks
 * a page itself counts as a press in it.
 */
export async function isTouched(page: Page): Promise<boolean> {
  const session = await page.context().newCDPSession(page);
  const expression = 'navigator.userActivation.hasBeenActive';
  const { result } = await session.send('Runtime.evaluate', { expression, userGesture: false });
  await session.detach();
  return result.value === true;
}

/** From its next visit on the page is held to what some browsers ask for: no sound before a press or a key. */
export async function holdSoundBack(page: Page): Promise<void> {
  await page.addInitScript(() => {
    let touched = false;
    for (const gesture of ['pointerdown', 'keydown']) {
      window.addEventListener(gesture, () => (touched = true), { capture: true });
    }
    // Chromium lets a context run as soon as it is made while a microphone is open: it has to be held from its beginning.
    window.AudioContext = class extends AudioContext {
      constructor(options?: AudioContextOptions) {
        super(options);
        if (!touched) void this.suspend();
      }

      override resume(): Promise<void> {
        return touched ? super.resume() : this.suspend();
      }
    };
  });
}

/** Far more than there are stops on any page. */
const MOST_STOPS = 150;

/** Goes through the page with the Tab key until what has this test id has the focus. */
export async function tabTo(page: Page, testId: string): Promise<void> {
  const stops: string[] = [];
  for (let n = 0; n < MOST_STOPS; n++) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => {
      const { activeElement } = document;
      return activeElement?.getAttribute('data-testid') ?? activeElement?.outerHTML.slice(0, 60) ?? '';
    });
    if (stop === testId) return;
    stops.push(stop);
  }
  expect(stops, `${testId} is reached by Tab`).toContain(testId);
}

import type { Page } from '@playwright/test';
import { TEST_ID } from '../../studio/src/lib/ui/test-ids.ts';

/** What the light of a page showed and when; a look now and then would miss a flash. */
export interface LightWatch {
  /** For how long it said “on air” between two instants (ms since the epoch). */
  onAirMs(from: number, to: number): Promise<number>;
}

interface Shown {
  readonly at: number;
  readonly state: string;
}

declare global {
  interface Window {
    loaLight?: Shown[];
  }
}

/** Writes down every change of the light from now on, until the page is loaded anew. */
export async function watchLight(page: Page): Promise<LightWatch> {
  await page.evaluate((testId) => {
    const shown: Shown[] = [];
    window.loaLight = shown;
    const look = () => {
      const light = document.querySelector(`[data-testid="${testId}"]`);
      const state = light?.getAttribute('data-state') ?? 'none';
      if (shown.at(-1)?.state !== state) shown.push({ at: Date.now(), state });
    };
    look();
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
  }, TEST_ID.onAirLight);
  return {
    async onAirMs(from, to) {
      const shown = (await page.evaluate(() => window.loaLight)) ?? [];
      return shown.reduce((sum, { at, state }, index) => {
        const until = shown[index + 1]?.at ?? to;
        return state === 'on-air' ? sum + Math.max(0, Math.min(to, until) - Math.max(from, at)) : sum;
      }, 0);
    },
  };
}

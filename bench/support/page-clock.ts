import type { Page } from '@playwright/test';
import { localNow } from './listening-sink.ts';

const OFFSET_PROBES = 30;

/** A page's clock as this process knows it. */
export interface PageClock {
  /** The page's clock minus ours, ms. */
  readonly offsetMs: number;
  /** It is wrong by at most this. */
  readonly errorMs: number;
}

/** Reads the page's clock, from the quickest of some questions. */
export async function readPageClock(page: Page): Promise<PageClock> {
  let errorMs = Number.POSITIVE_INFINITY;
  let offsetMs = 0;
  for (let probe = 0; probe < OFFSET_PROBES; probe++) {
    const sent = localNow();
    const there = await page.evaluate(() => performance.timeOrigin + performance.now());
    const half = (localNow() - sent) / 2;
    if (half >= errorMs) continue;
    errorMs = half;
    offsetMs = there - (sent + half);
  }
  return { offsetMs, errorMs };
}

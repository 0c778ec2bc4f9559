import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 100;
const REQUEST_TIMEOUT_MS = 2_000;

/** What is still missing, or null when nothing is. */
export type Check = () => Promise<string | null>;

/** A web address that has to answer with a success. */
export const answers =
  (url: string): Check =>
  async () => {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS), redirect: 'manual' });
      await response.body?.cancel();
      return response.status < 400 ? null : `${url} answers ${String(response.status)}`;
    } catch (error) {
      const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
      return `${url} does not answer: ${cause instanceof Error ? cause.message : String(cause)}`;
    }
  };

/** Waits until nothing is missing; `give up` ends the wait early with its reason. The error says what was missing last. */
export const waitUntilReady = async (check: Check, timeoutMs: number, giveUp: () => string | null): Promise<void> => {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const missing = await check();
    if (missing === null) return;
    const reason = giveUp();
    if (reason !== null) throw new Error(reason);
    if (performance.now() > until) throw new Error(`not ready after ${String(timeoutMs / 1_000)} s: ${missing}`);
    await delay(POLL_MS);
  }
};

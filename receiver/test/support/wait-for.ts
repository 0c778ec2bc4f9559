const POLL_MS = 20;
const DEFAULT_TIMEOUT_MS = 15_000;

/** Waits until `check` answers nothing (undefined, false or ''); what it answers before says what is still missing. */
export async function waitFor(check: () => unknown, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const missing = await check();
    if (missing === undefined || missing === false || missing === '') return;
    if (performance.now() > deadline) throw new Error(`still missing after ${timeoutMs} ms: ${String(missing)}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

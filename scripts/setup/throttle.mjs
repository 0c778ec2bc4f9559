const INTERVAL_MS = 5_000;

/**
 * Passes on one line now and then: enough to see that a long step is alive.
 * @param {(line: string) => void} say
 * @returns {(line: string, always?: boolean) => void}
 */
export const throttle = (say) => {
  let saidAt = -Infinity;
  return (line, always = false) => {
    if (!always && performance.now() - saidAt < INTERVAL_MS) return;
    saidAt = performance.now();
    say(line);
  };
};

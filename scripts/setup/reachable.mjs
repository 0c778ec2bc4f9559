const PROBE_TIMEOUT_MS = 4_000;

/**
 * Whether a download host answers at all, within a short time: a closed network often swallows packets silently.
 * @param {string} url
 */
export const isReachable = async (url) => {
  try {
    await fetch(url, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    return true;
  } catch {
    return false;
  }
};

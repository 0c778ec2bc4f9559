import { problemSchema, type ErrorCode, type Problem } from '@loa/shared/protocol/errors';
import type { Door } from './door.ts';

const PROBE_TIMEOUT_MS = 5_000;
/** This very page would be refused again and again; a page that is loaded anew may not. */
const HOPELESS: ReadonlySet<ErrorCode> = new Set(['client-too-old', 'bad-request']);
/** How asking for the token ends for a page that the door does not let in: mostly the browser hides the answer. */
const CLOSED: ReadonlySet<ErrorCode> = new Set(['unavailable', 'unauthorized', 'forbidden']);

/** Why the door refused a handshake, in its own words; null when it was not the door that answered. */
export function refusalOfHandshake(error: Error): Problem | null {
  const parsed = problemSchema.safeParse((error as Error & { data?: unknown }).data);
  return parsed.success ? parsed.data : null;
}

/** Whether trying again cannot help. Settings and servers change while a page waits; the page itself does not. */
export function isHopeless(problem: Problem): boolean {
  return HOPELESS.has(problem.code);
}

/**
 * A door that does not know a page's address refuses it before the handshake, and the browser tells the page nothing of that.
 * But a door that answers what needs no leave, and hides everything else, is there and keeps this page out.
 */
export async function keepsPageOut(door: Door, fetchFn: typeof fetch = (...args) => fetch(...args)): Promise<boolean> {
  try {
    // Unreadable for the page, but it tells an answer from none.
    await fetchFn(`${door.url}/healthz`, { mode: 'no-cors', signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
  } catch {
    return false;
  }
  const token = await door.token({ renew: true });
  return !token.ok && CLOSED.has(token.error.code);
}

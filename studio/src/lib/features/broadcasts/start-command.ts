import type { Problem } from '@loa/shared/protocol/errors';
import { broadcastViewSchema, type BroadcastView, type StartRequest } from '@loa/shared/protocol/live';
import type { Result } from '@loa/shared/result';
import type { LiveStore } from '#lib/live/live-store.svelte.ts';
import { refusalOf } from './refusal.ts';

/** An unanswered start is sent again with the same key, so a lost answer cannot make two broadcasts. */
const START_ATTEMPTS = 3;
const RETRY_MS = 800;

/** The server said no before anything began; after every other problem the broadcast may run all the same. */
const CERTAIN: ReadonlySet<Problem['code']> = new Set([
  'refused',
  'bad-request',
  'unauthorized',
  'forbidden',
  'conflict',
  'too-many-requests',
]);

/**
 * Whether a start that was answered with this (or not at all) may have been carried out: the answer was lost or cannot be
 * read, the server failed after it had begun, or its log does not know yet what it keeps.
 */
export function mayBeOnAir(problem: Problem): boolean {
  const refusal = refusalOf(problem);
  return refusal === null ? !CERTAIN.has(problem.code) : refusal.code === 'log-away';
}

/** Sends a start until it is answered, at most a few times, and no more once `isGivenUp`. */
export async function sendStart(
  live: LiveStore,
  request: StartRequest,
  isGivenUp: () => boolean,
): Promise<Result<BroadcastView, Problem>> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await live.request('broadcast:start', request, broadcastViewSchema);
    if (answer.ok || answer.error.code !== 'unavailable' || attempt === START_ATTEMPTS || isGivenUp()) return answer;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    if (isGivenUp()) return answer;
  }
}

import { m } from '#lib/generated/messages/messages.js';
import { isHopeless } from '#lib/live/handshake.ts';
import type { Problem } from '@loa/shared/protocol/errors';
import { problemText } from './problem-text.ts';

/** Why the server does not let this page in, and what to do about it. */
export function refusedLinkText(problem: Problem): string {
  const { origin } = (problem.details ?? {}) as { origin?: unknown };
  if (problem.code === 'forbidden' && typeof origin === 'string') {
    return `${m.link_refused_origin({ origin })} ${m.link_refused_retry()}`;
  }
  const why = `${m.link_refused()} ${problemText(problem)}`;
  return isHopeless(problem) ? why : `${why} ${m.link_refused_retry()}`;
}

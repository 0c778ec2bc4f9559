import { m } from '#lib/generated/messages/messages.js';
import type { Problem } from '@loa/shared/protocol/errors';

/** The sentence that a person sees for a code; developers find the rest in the console and the log. */
export function problemText(problem: Problem): string {
  return m[`error_${problem.code}`]();
}

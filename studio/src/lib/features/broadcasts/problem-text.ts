import { m } from '#lib/generated/messages/messages.js';
import type { Problem } from '@loa/shared/protocol/errors';
import type { PresenterProblem } from './presenter-problem.ts';

/** The sentence that a person sees for a code; developers find the rest in the console and the log. */
export function problemText(problem: Problem): string {
  return m[`error_${problem.code}`]();
}

/** What did not happen. Only a start that failed may say that nothing is on air. */
export function problemHeading(problem: PresenterProblem): string {
  return problem.of === undefined ? m.refused_heading() : m[`failed_${problem.of}`]();
}

import { m } from '#lib/generated/messages/messages.js';
import { refusalCodeSchema } from '@loa/shared/broadcasts/refusal';
import { doorRefusalCodeSchema, type Problem } from '@loa/shared/protocol/errors';
import { previewSchema } from '@loa/shared/protocol/live';
import { z } from 'zod';
import { problemText } from './problem-text.ts';

const refusalSchema = previewSchema.shape.refusal.unwrap();
export type Refusal = z.infer<typeof refusalSchema>;

const knownSchema = z.union([refusalCodeSchema, doorRefusalCodeSchema]);

/** The refusal of the decision core, or of the door before it, inside a problem; null when something else went wrong. */
export function refusalOf(problem: Problem | null): Refusal | null {
  if (problem === null) return null;
  const parsed = refusalSchema.safeParse(problem.details);
  if (problem.code !== 'refused')
    return parsed.success && doorRefusalCodeSchema.safeParse(parsed.data.code).success ? parsed.data : null;
  return parsed.success ? parsed.data : { code: 'unknown', detail: problem.message };
}

/** The sentence that a person sees for a refusal; codes, ids and the server's English are for developers. */
export function refusalText(refusal: Refusal): string {
  const known = knownSchema.safeParse(refusal.code);
  return known.success ? m[`refusal_${known.data}`]() : m.refused_other();
}

/** Why it did not happen, in one sentence, whoever said so. */
export function problemSentence(problem: Problem): string {
  const refusal = refusalOf(problem);
  return refusal ? refusalText(refusal) : problemText(problem);
}

/** There is nothing left to stop. */
export function isOver(problem: Problem): boolean {
  const code = refusalOf(problem)?.code;
  return code === 'already-ended' || code === 'unknown-broadcast';
}

import { z } from 'zod';

/** Codes of everything that can go wrong at a door; never renamed, people see a translation of them. */
export const ERROR_CODES = [
  'bad-request',
  'not-found',
  'unauthorized',
  'forbidden',
  'unsupported-media-type',
  'too-large',
  'too-many-requests',
  'conflict',
  'precondition-failed',
  'bad-sdp',
  'refused',
  'not-audio',
  'too-long',
  'unreadable-audio',
  'client-too-old',
  'server-too-old',
  'unavailable',
  'internal',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/**
 * Why the door itself refuses a start, before the decision core is asked: the `code` in the details of its problem, and in the
 * log. Never renamed, people see a translation.
 */
export const DOOR_REFUSAL_CODES = ['unknown-segment', 'segment-not-ready'] as const;
export const doorRefusalCodeSchema = z.enum(DOOR_REFUSAL_CODES);
export type DoorRefusalCode = z.infer<typeof doorRefusalCodeSchema>;

/** The one shape of an error, over HTTP and in acknowledgements. */
export const problemSchema = z.object({
  code: z.enum(ERROR_CODES),
  /** For developers and logs, in English; names the field and the remedy. */
  message: z.string(),
  /** Which part of the request is wrong, as a path such as `spec.zones.0`. */
  field: z.string().optional(),
  /** Machine-readable rest, e.g. the refusal of the decision core. */
  details: z.unknown().optional(),
  /** Id under which the log has the rest. */
  requestId: z.string().optional(),
});
export type Problem = z.infer<typeof problemSchema>;

/** PV2: a request is always acknowledged with this one shape. */
export type Acknowledgement<T> = { ok: true; data: T } | { ok: false; error: Problem };

export function acknowledgementSchema<T extends z.ZodType>(data: T) {
  return z.discriminatedUnion('ok', [
    z.object({ ok: z.literal(true), data }),
    z.object({ ok: z.literal(false), error: problemSchema }),
  ]);
}

import { z } from 'zod';
import {
  actorSchema,
  broadcastIdSchema,
  instantSchema,
  sourceIdSchema,
  startSpecSchema,
  zoneIdSchema,
} from './commands.ts';

/** Why a broadcast is over. Codes are never renamed; people see a translation. */
export const END_REASONS = [
  'stopped',
  'finished',
  'life-over',
  'source-lost',
  'source-failed',
  'waited-too-long',
  'restarted',
  'zones-gone',
  /** LA6: it was decided by a node on its own, or lost by the log, and the log that stays does not have it. */
  'overruled',
  /** BR29: an emergency took its live source; `detail` is the emergency. */
  'source-taken',
] as const;
export const endReasonSchema = z.enum(END_REASONS);
export type EndReason = z.infer<typeof endReasonSchema>;

const of = { broadcastId: broadcastIdSchema };

/** Facts, in the order of the log. Only `decide` makes them and only `evolve` reads them into the state. */
export const eventSchema = z.discriminatedUnion('type', [
  /** On air, or waiting for its zones. `tag` is the number in the packets. */
  z.object({
    type: z.literal('broadcast-started'),
    ...of,
    spec: startSpecSchema,
    tag: z.number().int().positive(),
    phase: z.enum(['on-air', 'waiting']),
    expiresAt: instantSchema.nullable(),
    /** LA41: a stored programme that is given again stands where it would if it had begun then. */
    playedSince: instantSchema.optional(),
  }),
  /** A waiting broadcast got at least one of its zones. */
  z.object({ type: z.literal('broadcast-admitted'), ...of, expiresAt: instantSchema.nullable() }),
  /** It lost these zones to `by`; `everywhere` when it holds none now (then a segment stands at `positionMs`). */
  z.object({
    type: z.literal('broadcast-interrupted'),
    ...of,
    zones: z.array(zoneIdSchema),
    by: broadcastIdSchema,
    everywhere: z.boolean(),
    positionMs: z.number().int().nonnegative().nullable(),
  }),
  /** It has these zones (again); a segment goes on from `positionMs`. */
  z.object({
    type: z.literal('broadcast-resumed'),
    ...of,
    zones: z.array(zoneIdSchema),
    positionMs: z.number().int().nonnegative().nullable(),
  }),
  /** Zones that it asked for are gone; from now on these are its zones. */
  z.object({ type: z.literal('broadcast-rezoned'), ...of, zones: z.array(zoneIdSchema) }),
  z.object({ type: z.literal('broadcast-paused'), ...of, by: actorSchema, positionMs: z.number().int().nonnegative() }),
  z.object({ type: z.literal('broadcast-unpaused'), ...of, by: actorSchema }),
  z.object({ type: z.literal('broadcast-extended'), ...of, by: actorSchema, expiresAt: instantSchema }),
  z.object({ type: z.literal('source-lost'), ...of, keepUntil: instantSchema }),
  /** `by`: who attached it; absent when it came back by itself. */
  z.object({ type: z.literal('source-found'), ...of, sourceId: sourceIdSchema, by: actorSchema.optional() }),
  z.object({
    type: z.literal('broadcast-ended'),
    ...of,
    reason: endReasonSchema,
    by: actorSchema.nullable(),
    detail: z.string().nullable(),
  }),
]);
export type BroadcastEvent = z.infer<typeof eventSchema>;

/** An event at its place in the log: contiguous version, server time, and the hash of its predecessor. */
export const loggedEventSchema = z.object({
  version: z.number().int().positive(),
  at: instantSchema,
  prevHash: z.string(),
  hash: z.string(),
  event: eventSchema,
});
export type LoggedEvent = z.infer<typeof loggedEventSchema>;

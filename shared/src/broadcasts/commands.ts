import { z } from 'zod';
import type { BroadcastId, SegmentId, SourceId, ZoneId } from '../ids.ts';
import { plainText } from '../protocol/text.ts';
import { MAX_AUTHORITY } from './rank.ts';

const id = <T>() =>
  z
    .string()
    .min(1)
    .max(64)
    .regex(/^[\w.:-]+$/)
    .transform((value) => value as T);

export const zoneIdSchema = id<ZoneId>();
export const broadcastIdSchema = id<BroadcastId>();
export const sourceIdSchema = id<SourceId>();
export const segmentIdSchema = id<SegmentId>();
/** The last instant of a year of four digits, in ms: everything that reads and writes dates knows it. */
export const MAX_INSTANT_MS = 253_402_300_799_999;
/** Milliseconds since 1970. */
export const instantSchema = z.number().int().nonnegative().max(MAX_INSTANT_MS);

/** Of a person or machine, in UTF-16 units. */
export const MAX_NAME_LENGTH = 120;
export const MAX_TITLE_LENGTH = 200;
/** Who gave a command: a person, a machine or the system itself. Accounts will fill `id`; until then it names the session. */
export const actorSchema = z.object({
  id: plainText(z.string().min(1).max(64)),
  name: plainText(z.string().max(MAX_NAME_LENGTH)),
});
export type Actor = z.infer<typeof actorSchema>;

export const MAX_ZONES_PER_BROADCAST = 2_000;

export const levelSchema = z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]);

/** What is heard. A live source is a WHIP session; a segment is stored audio of a known length. */
export const broadcastSourceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('live'), sourceId: sourceIdSchema }),
  z.object({ kind: z.literal('segment'), segmentId: segmentIdSchema, durationMs: z.number().int().positive() }),
]);
export type BroadcastSource = z.infer<typeof broadcastSourceSchema>;

/** All that is needed to start a broadcast. `id` and `key` are made by the caller; sending `key` again changes nothing. */
export const startSpecSchema = z.object({
  id: broadcastIdSchema,
  /** Idempotency key, at least 128 random bits. */
  key: plainText(z.string().min(16).max(64)),
  title: plainText(z.string().trim().min(1).max(MAX_TITLE_LENGTH)),
  source: broadcastSourceSchema,
  zones: z.array(zoneIdSchema).min(1).max(MAX_ZONES_PER_BROADCAST),
  level: levelSchema,
  authority: z.number().int().min(0).max(MAX_AUTHORITY),
  mode: z.enum(['replace', 'overlay']),
  /** Wait for the zones when all of them are taken, instead of being refused. */
  wait: z.boolean(),
  /** Longest life in ms; an emergency without one gets `DEFAULT_EMERGENCY_LIFE_MS`. */
  maxLifeMs: z
    .number()
    .int()
    .min(1_000)
    .max(24 * 3_600_000)
    .optional(),
  by: actorSchema,
});
export type StartSpec = z.infer<typeof startSpecSchema>;

/** Everything that can happen to the live state; `tick` lets time pass. */
export const commandSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('start'),
    spec: startSpecSchema,
    /** LA41: of a stored programme that is given again: it has been played as if without a stop since then. */
    playedSince: instantSchema.optional(),
  }),
  z.object({ type: z.literal('stop'), broadcastId: broadcastIdSchema, by: actorSchema }),
  z.object({ type: z.literal('pause'), broadcastId: broadcastIdSchema, by: actorSchema }),
  z.object({ type: z.literal('unpause'), broadcastId: broadcastIdSchema, by: actorSchema }),
  z.object({
    type: z.literal('extend'),
    broadcastId: broadcastIdSchema,
    lifeMs: z
      .number()
      .int()
      .min(1_000)
      .max(24 * 3_600_000),
    by: actorSchema,
  }),
  /** No usable packets from the source any more. */
  z.object({ type: z.literal('source-lost'), sourceId: sourceIdSchema }),
  /** LS20: a source that was lost has come back by itself. */
  z.object({ type: z.literal('source-back'), sourceId: sourceIdSchema }),
  /** The source is back; after a reload it may have a new id. */
  z.object({
    type: z.literal('source-found'),
    broadcastId: broadcastIdSchema,
    sourceId: sourceIdSchema,
    /** Who attached it; absent when it is given again after a fork. */
    by: actorSchema.optional(),
  }),
  /** The pacer has sent the last frame of a segment. */
  z.object({ type: z.literal('segment-ended'), broadcastId: broadcastIdSchema }),
  /** The source cannot be played at all (file unreadable). */
  z.object({
    type: z.literal('source-failed'),
    broadcastId: broadcastIdSchema,
    detail: plainText(z.string().max(300)),
  }),
  /** The tree has changed: zones that are gone, each with the zones that stand for it now. */
  z.object({
    type: z.literal('zones-changed'),
    gone: z.array(z.object({ zone: zoneIdSchema, heirs: z.array(zoneIdSchema), reach: z.array(zoneIdSchema) })),
  }),
  z.object({ type: z.literal('tick') }),
]);
export type Command = z.infer<typeof commandSchema>;

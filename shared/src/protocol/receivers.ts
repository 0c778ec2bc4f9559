import { z } from 'zod';
import { broadcastIdSchema, instantSchema, zoneIdSchema } from '../broadcasts/commands.ts';
import type { ReceiverId } from '../ids.ts';
import { MAX_TAG } from './csrc.ts';
import { delayMoveSchema, playoutDelaySchema } from './playout-delay.ts';
import { MAX_COUNT, MAX_DOORS, MAX_RECORDS_PER_MESSAGE } from './limits.ts';
import { plainText } from './text.ts';

export const receiverIdSchema = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[\w.:-]+$/)
  .transform((value) => value as ReceiverId);

export const RECEIVER_KINDS = ['loudspeaker', 'browser', 'bridge', 'fleet'] as const;

/** Whether it is installed and expected to sound, even while it is away: a page or a load test comes and goes, and moves nobody (PO33). */
export function isLoudspeaker({ kind }: { readonly kind: (typeof RECEIVER_KINDS)[number] }): boolean {
  return kind === 'loudspeaker' || kind === 'bridge';
}

/** First message of a receiver after it connected. */
export const registrationSchema = z.object({
  receiverId: receiverIdSchema,
  name: plainText(z.string().trim().min(1).max(120)),
  kind: z.enum(RECEIVER_KINDS),
  /** Zone id, or the official code of a zone (unique at the moment of registration). */
  zone: z.string().min(1).max(64),
  softwareVersion: plainText(z.string().max(40)),
});
export type Registration = z.infer<typeof registrationSchema>;

/** Addresses of doors, as a receiver uses them. */
export const doorUrlsSchema = z.array(z.url({ protocol: /^https?$/ })).max(MAX_DOORS);

/** What a receiver needs to know to join and to play. */
export const assignmentSchema = z.object({
  receiverId: receiverIdSchema,
  zoneId: zoneIdSchema,
  /** Root first; one bus each. The WHEP offer carries one m-line for the control bus, then one for each of these. */
  path: z.array(z.object({ zoneId: zoneIdSchema, name: z.string() })).min(1),
  whepUrl: z.url(),
  /** A sample is rendered at its stamp plus this. */
  playoutDelayMs: playoutDelaySchema,
  /** PO31: how it comes to be that, for all receivers at the same stamp; null: it is that already. */
  delayMove: delayMoveSchema.nullable().optional(),
  /** 0 to 100. */
  volume: z.number().int().min(0).max(100),
  /** Used while level 3 plays, whatever `volume` and `muted` say. */
  emergencyVolume: z.number().int().min(0).max(100),
  muted: z.boolean(),
  /** ND3: doors of other nodes, to which it goes when this one is away. */
  doors: doorUrlsSchema.default([]),
  serverTimeMs: z.number(),
});
export type Assignment = z.infer<typeof assignmentSchema>;

/** Settings that the server may change while a receiver runs. A `playoutDelayMs` without `delayMove` holds for every stamp. */
export const receiverSettingsSchema = assignmentSchema
  .pick({ playoutDelayMs: true, delayMove: true, volume: true, emergencyVolume: true, muted: true })
  // A default would come with every message that does not speak of it.
  .extend({ doors: doorUrlsSchema })
  .partial();
export type ReceiverSettings = z.infer<typeof receiverSettingsSchema>;

/** ND5: this node is being emptied; the receiver goes to one of these doors, and leaves when it is there. */
export const moveSchema = z.object({ doors: doorUrlsSchema });
export type Move = z.infer<typeof moveSchema>;

/** A media path of this receiver is gone at the server. `pathId`: the last part of the session's address (WHEP `Location`). */
export const pathClosedSchema = z.object({ pathId: z.string().min(1).max(64) });
export type PathClosed = z.infer<typeof pathClosedSchema>;

/** What comes out of the loudspeaker now: one entry per audible broadcast (two while ducking). */
export const soundingSchema = z.object({
  tag: z.number().int().positive().max(MAX_TAG),
  rank: z.number().int().min(0).max(255),
  /** `main` alone at full level, `overlay` on top, `ducked` below an overlay. */
  role: z.enum(['main', 'overlay', 'ducked']),
  /** Server time of the first rendered sample. */
  firstSoundAt: instantSchema,
});
export type Sounding = z.infer<typeof soundingSchema>;

/** PO71: what is wrong with a receiver, for who reads no English; codes are never renamed. */
export const RECEIVER_PROBLEM_CODES = [
  /** Nothing comes out: the sound card, the sound server or the file is gone. */
  'sound-card',
  /** What it played cannot be kept on its disk. */
  'records-not-kept',
  /** The door and the pilots speak of different clocks. */
  'clocks-disagree',
  /** PO16: it plays behind its neighbours, because its packets come late. */
  'late-packets',
  /** The same, because its sound output or browser holds sound back. */
  'slow-output',
  /** PO70: it plays with a delay of its own, which is not the one that holds in its zone. */
  'own-delay',
  /** The browser lets the page sound only when it is pressed. */
  'sound-blocked',
  /** The page may sound, and stands still all the same. */
  'sound-stalled',
] as const;
export type ReceiverProblemCode = (typeof RECEIVER_PROBLEM_CODES)[number];

/** Sent every 2 s, and at once when `sounding` or `path` changes, or when what sounds becomes silence or is none any more. Everything is what was rendered, not what was intended. */
export const receiverReportSchema = z.object({
  at: instantSchema,
  path: z.enum(['connecting', 'up', 'lost']),
  /** PO40: it also has a path to another node, for emergencies. */
  secondPath: z.boolean().default(false),
  sounding: z.array(soundingSchema).max(4),
  /** RMS of the rendered output over the last second, dBFS; null for silence below -90. */
  levelDbfs: z.number().min(-90).max(6).nullable(),
  volume: z.number().int().min(0).max(100),
  muted: z.boolean(),
  /** Since the start of the process. */
  packets: z.number().int().nonnegative(),
  lostPackets: z.number().int().nonnegative(),
  concealedMs: z.number().nonnegative(),
  lateMs: z.number().nonnegative(),
  /** Spread of the arrival times over the last seconds, ms. */
  jitterMs: z.number().nonnegative(),
  /** Own clock minus server clock, and how far that may be wrong, ms. */
  clockOffsetMs: z.number().nullable(),
  clockErrorMs: z.number().nonnegative().nullable(),
  /** PO16, PO70: by how much it plays behind those that play as ordered, ms. */
  behindMs: z.number().nonnegative().optional(),
  /** PO70: by how much it plays before them, ms. */
  aheadMs: z.number().nonnegative().optional(),
  /** PO111: how far what it plays is behind the place where it means to be, negative: before it, ms; null while nothing is heard. */
  positionErrorMs: z.number().nullable().optional(),
  /** PO27: by how much its sound card runs fast against the server, millionths; null while nothing is heard. */
  driftPpm: z.number().nullable().optional(),
  /** PO70: the delay that is set on the device (`RECEIVER_DELAY_MS`), ms: it follows no order. */
  ownDelayMs: playoutDelaySchema.nullable().optional(),
  /** PO32: the playout delay with which nearly all packets of the last seconds would have come in time, ms; null: too few packets, or it follows no order. */
  neededDelayMs: z.number().nonnegative().nullable().optional(),
  /** PO36: how much later than its sink says sound is heard, as set on the device, ms. */
  calibrationMs: z.number().min(-500).max(500).optional(),
  sink: z.string().max(80),
  problem: z.string().max(300).nullable(),
  /** PO71: which problem that is; null for one that this version does not know. */
  problemCode: z
    .string()
    .max(40)
    .transform((code) => RECEIVER_PROBLEM_CODES.find((known) => known === code) ?? null)
    .nullable()
    .optional(),
});
export type ReceiverReport = z.infer<typeof receiverReportSchema>;

/**
 * What one receiver rendered of one broadcast without a pause of more than 10 s: the unit of truth.
 * An open record is sent again with the same id as it grows; `final` closes it. The server keeps the longest.
 */
export const playoutRecordSchema = z.object({
  id: plainText(z.string().min(16).max(64)),
  receiverId: receiverIdSchema,
  tag: z.number().int().positive().max(MAX_TAG),
  rank: z.number().int().min(0).max(255),
  zoneId: zoneIdSchema,
  firstSoundAt: instantSchema,
  lastSoundAt: instantSchema,
  /** Audio of this broadcast sent to the sink, concealed audio included. */
  renderedMs: z.number().nonnegative().max(MAX_COUNT),
  lostPackets: z.number().int().nonnegative().max(MAX_COUNT),
  concealedMs: z.number().nonnegative().max(MAX_COUNT),
  /** Mean RMS of the rendered sound, dBFS. */
  levelDbfs: z.number().min(-90).max(6).nullable(),
  final: z.boolean(),
});
export type PlayoutRecord = z.infer<typeof playoutRecordSchema>;

export const playoutRecordsSchema = z.object({
  records: z.array(playoutRecordSchema).min(1).max(MAX_RECORDS_PER_MESSAGE),
});

/**
 * The same as a door takes it: each record is judged by itself, so that one that is broken does not keep the others from being
 * stored. Only its id has to be right, or it could not be acknowledged.
 */
export const receivedRecordsSchema = z.object({
  records: z
    .array(z.looseObject({ id: playoutRecordSchema.shape.id }))
    .min(1)
    .max(MAX_RECORDS_PER_MESSAGE),
});
/** Ids that may be forgotten; those of them that can never be stored are also named in `unstorable`. */
export const recordsAnswerSchema = z.object({
  stored: z.array(z.string()),
  unstorable: z.array(z.string()).default([]),
});
export type RecordsAnswer = z.infer<typeof recordsAnswerSchema>;

export const clockProbeSchema = z.object({ clientTimeMs: z.number() });
/** `serverTimeMs` is read as late as possible before the answer leaves. */
export const clockAnswerSchema = z.object({ clientTimeMs: z.number(), serverTimeMs: z.number() });
export type ClockAnswer = z.infer<typeof clockAnswerSchema>;

/** How a receiver looks to the studio. */
export const receiverViewSchema = z.object({
  receiverId: receiverIdSchema,
  name: z.string(),
  kind: z.enum(RECEIVER_KINDS),
  zoneId: zoneIdSchema,
  online: z.boolean(),
  lastSeenAt: instantSchema.nullable(),
  softwareVersion: z.string(),
  volume: z.number().int(),
  emergencyVolume: z.number().int(),
  muted: z.boolean(),
  report: receiverReportSchema.nullable(),
});
export type ReceiverView = z.infer<typeof receiverViewSchema>;

/** How many receivers of a broadcast's zones really sound it, from their reports. */
export const tallySchema = z.object({
  broadcastId: broadcastIdSchema,
  /** Receivers in its zones, registered ones, whether they are online or not. */
  expected: z.number().int(),
  online: z.number().int(),
  /** Report this broadcast's tag as sounding. */
  sounding: z.number().int(),
  /** Earliest first sound among them. */
  firstSoundAt: instantSchema.nullable(),
  /** LV10: since when all of them say that what they sound is silence; null while one does not. */
  quietSince: instantSchema.nullable().default(null),
});
export type Tally = z.infer<typeof tallySchema>;

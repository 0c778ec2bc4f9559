import { z } from 'zod';
import {
  broadcastIdSchema,
  broadcastSourceSchema,
  instantSchema,
  levelSchema,
  segmentIdSchema,
  sourceIdSchema,
  startSpecSchema,
  zoneIdSchema,
} from '../broadcasts/commands.ts';
import { endReasonSchema } from '../broadcasts/events.ts';
import { MIN_EMERGENCY_VOLUME } from './limits.ts';
import { doorUrlsSchema, receiverIdSchema, receiverViewSchema, tallySchema } from './receivers.ts';

/** A broadcast as the studio and machines see it; also the shape of `GET /api/v1/broadcasts`. */
export const broadcastViewSchema = z.object({
  broadcastId: broadcastIdSchema,
  tag: z.number().int(),
  rank: z.number().int(),
  title: z.string(),
  source: broadcastSourceSchema,
  zones: z.array(zoneIdSchema),
  /** Ended ones as they are stored: how each zone read at the start, by its id; a later merger does not change that. */
  zonePaths: z.record(z.string(), z.string()).optional(),
  level: levelSchema,
  authority: z.number().int(),
  mode: z.enum(['replace', 'overlay']),
  by: z.object({ id: z.string(), name: z.string() }),
  phase: z.enum(['on-air', 'waiting', 'ended']),
  startedAt: instantSchema,
  expiresAt: instantSchema.nullable(),
  endedAt: instantSchema.nullable(),
  endReason: endReasonSchema.nullable(),
  paused: z.boolean(),
  /** Segments only: where it stood at `playhead.at`, and whether it runs since. */
  playhead: z.object({ positionMs: z.number(), at: instantSchema, running: z.boolean() }).nullable(),
  /** Live only: set while the source is away. */
  sourceKeepUntil: instantSchema.nullable(),
  interrupted: z.array(z.object({ zone: zoneIdSchema, by: broadcastIdSchema })),
  /** LA2: begun by this node on its own and not in the common log yet; other nodes do not know of it. */
  local: z.boolean(),
});
export type BroadcastView = z.infer<typeof broadcastViewSchema>;

/** A WHIP session as the studio sees it. */
export const sourceViewSchema = z.object({
  sourceId: sourceIdSchema,
  label: z.string(),
  connected: z.boolean(),
  /** Usable packets in the last second. */
  packetsPerSecond: z.number(),
  /** Dropped because they were broken or too many, since the start. */
  droppedPackets: z.number(),
  broadcastId: broadcastIdSchema.nullable(),
});
export type SourceView = z.infer<typeof sourceViewSchema>;

export const SEGMENT_STATUSES = ['processing', 'ready', 'failed'] as const;
export const segmentViewSchema = z.object({
  segmentId: segmentIdSchema,
  title: z.string(),
  originalName: z.string(),
  purpose: z.enum(['audio', 'chime', 'emergency']),
  status: z.enum(SEGMENT_STATUSES),
  /** 0 to 1 while it is processed. */
  progress: z.number().min(0).max(1),
  error: z.string().nullable(),
  durationMs: z.number().int().nullable(),
  loudnessLufs: z.number().nullable(),
  truePeakDbtp: z.number().nullable(),
  createdAt: instantSchema,
});
export type SegmentView = z.infer<typeof segmentViewSchema>;

/** Why a receiver that is online stays silent; codes are never renamed. */
export const MUTED_REASONS = ['muted', 'volume-zero', 'no-media-path'] as const;
export type MutedReason = (typeof MUTED_REASONS)[number];

const previewedReceiverSchema = z.object({ receiverId: z.string(), name: z.string(), zoneId: zoneIdSchema });

/** What a start would do, before it is done. */
export const previewSchema = z.object({
  outcome: z.enum(['starts', 'waits', 'refused']),
  refusal: z
    .object({
      code: z.string(),
      detail: z.string().optional(),
      holders: z.array(z.object({ zone: zoneIdSchema, broadcastId: broadcastIdSchema })).optional(),
    })
    .nullable(),
  hears: z.array(zoneIdSchema),
  /** BR29: who ends because this emergency takes its live source; it does not come back. */
  ends: z.array(z.object({ broadcastId: broadcastIdSchema, title: z.string() })),
  interrupts: z.array(z.object({ broadcastId: broadcastIdSchema, title: z.string(), zones: z.array(zoneIdSchema) })),
  ducks: z.array(z.object({ broadcastId: broadcastIdSchema, title: z.string(), zones: z.array(zoneIdSchema) })),
  silent: z.array(z.object({ zone: zoneIdSchema, by: broadcastIdSchema })),
  /** Who gets zones back, or gets on the air, by itself when it ends. */
  resumesAfter: z.array(z.object({ broadcastId: broadcastIdSchema, title: z.string() })),
  /** BR30: receivers in the zones that will hear it, by their number, and those that will not. */
  receivers: z.object({
    /** Online, and nothing is known that keeps them silent. */
    online: z.number().int(),
    /** Online and silent all the same. */
    muted: z.array(previewedReceiverSchema.extend({ why: z.enum(MUTED_REASONS) })),
    offline: z.array(previewedReceiverSchema),
  }),
});
export type PreviewView = z.infer<typeof previewSchema>;

/** LA7: `local` while this node cannot reach the log that the nodes share: only emergencies, and only on its own receivers. */
export const authoritySchema = z.object({ kind: z.enum(['shared', 'local']), since: instantSchema.nullable() });
export type AuthorityView = z.infer<typeof authoritySchema>;

/**
 * ND11: what pages are told of the node that they are connected to. `doors`: where they go when it is away. `leave`: they are to go there now,
 * or as soon as no emergency of theirs is on air (ND13); null: they may stay.
 */
export const nodeNoticeSchema = z.object({ doors: doorUrlsSchema, leave: z.enum(['when-free', 'now']).nullable() });
export type NodeNotice = z.infer<typeof nodeNoticeSchema>;
export const NO_OTHER_NODE: NodeNotice = Object.freeze({ doors: [], leave: null });

/** The whole live picture; what follows are changes with contiguous versions. */
export const snapshotSchema = z.object({
  version: z.number().int(),
  /** Of the zone tree: another one than before means that `GET zones` answers something new. */
  treeVersion: z.string(),
  authority: authoritySchema,
  node: nodeNoticeSchema.default(NO_OTHER_NODE),
  serverTimeMs: z.number(),
  broadcasts: z.array(broadcastViewSchema),
  sources: z.array(sourceViewSchema),
  receivers: z.array(receiverViewSchema),
  tallies: z.array(tallySchema),
});
export type Snapshot = z.infer<typeof snapshotSchema>;

/** `version` counts changes of this server run by one; a gap means: ask for `live:sync`. */
export const changeSchema = z.object({
  version: z.number().int(),
  serverTimeMs: z.number(),
  /** Present when the zone tree has changed. */
  treeVersion: z.string().optional(),
  /** Present when it has changed. */
  authority: authoritySchema.optional(),
  /** The same. */
  node: nodeNoticeSchema.optional(),
  broadcasts: z.array(broadcastViewSchema).optional(),
  sources: z.array(sourceViewSchema).optional(),
  removedSources: z.array(sourceIdSchema).optional(),
  receivers: z.array(receiverViewSchema).optional(),
  removedReceivers: z.array(receiverIdSchema).optional(),
  tallies: z.array(tallySchema).optional(),
  segments: z.array(segmentViewSchema).optional(),
  removedSegments: z.array(segmentIdSchema).optional(),
});
export type Change = z.infer<typeof changeSchema>;

/** A start as the studio sends it: the door adds who it is. */
export const startRequestSchema = startSpecSchema.omit({ by: true });
export type StartRequest = z.input<typeof startRequestSchema>;

export const broadcastRefSchema = z.object({ broadcastId: broadcastIdSchema });
export const attachRequestSchema = z.object({ broadcastId: broadcastIdSchema, sourceId: sourceIdSchema });
export const extendRequestSchema = z.object({
  broadcastId: broadcastIdSchema,
  lifeMs: z
    .number()
    .int()
    .min(1_000)
    .max(24 * 3_600_000),
});
export const receiverVolumeRequestSchema = z.object({
  receiverId: receiverIdSchema,
  /** Where it stands from now on, whatever its own configuration says. */
  zoneId: zoneIdSchema.optional(),
  volume: z.number().int().min(0).max(100).optional(),
  emergencyVolume: z.number().int().min(MIN_EMERGENCY_VOLUME).max(100).optional(),
  muted: z.boolean().optional(),
});

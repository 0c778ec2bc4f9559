import { z } from 'zod';
import {
  broadcastIdSchema,
  commandSchema,
  instantSchema,
  sourceIdSchema,
  startSpecSchema,
  zoneIdSchema,
} from '@loa/shared/broadcasts/commands';
import { loggedEventSchema } from '@loa/shared/broadcasts/events';
import { successionSchema } from '@loa/shared/zones/succession';
import { zoneSchema } from '@loa/shared/zones/zone';
import { figuresSchema, healthSchema } from './figures.ts';
import { doorAboutSchema, peerNodeSchema } from './peer-nodes.ts';

/*
 * Door ↔ pump. Each request type has the schema of what is asked and of what is answered; both ends check both.
 * The pump never waits for the door.
 */

/** Who plays which part in the DTLS handshake, and the fingerprints of the client. */
export const dtlsSchema = z.object({
  /** Role of the *client*. */
  role: z.enum(['client', 'server']),
  fingerprints: z
    .array(
      z.object({
        algorithm: z.enum(['sha-1', 'sha-224', 'sha-256', 'sha-384', 'sha-512']),
        value: z.string().regex(/^[0-9A-F]{2}(:[0-9A-F]{2}){19,63}$/),
      }),
    )
    .min(1)
    .max(4),
});
export type DtlsOffer = z.infer<typeof dtlsSchema>;

const payloadTypeSchema = z.number().int().min(0).max(127);
const midSchema = z.string().min(1).max(32);

const iceSchema = z.object({
  usernameFragment: z.string(),
  password: z.string(),
  candidates: z.array(
    z.object({
      foundation: z.string(),
      priority: z.number(),
      address: z.string(),
      protocol: z.enum(['udp', 'tcp']),
      port: z.number().int(),
      type: z.string(),
      tcpType: z.string().optional(),
    }),
  ),
});
export type IceAnswer = z.infer<typeof iceSchema>;

const transportSchema = z.object({
  ice: iceSchema,
  fingerprint: z.object({ algorithm: z.string(), value: z.string() }),
});
export type TransportAnswer = z.infer<typeof transportSchema>;

export const sourceStateSchema = z.object({
  sourceId: sourceIdSchema,
  label: z.string(),
  connected: z.boolean(),
  packetsPerSecond: z.number(),
  droppedPackets: z.number(),
});
export type SourceState = z.infer<typeof sourceStateSchema>;

export const refusalAnswerSchema = z.object({
  code: z.string(),
  detail: z.string().optional(),
  holders: z.array(z.object({ zone: zoneIdSchema, broadcastId: broadcastIdSchema })).optional(),
});

/** The tree of now. Successions of any time are there for those whose zone is gone. */
const treeSchema = z.object({
  zones: z.array(zoneSchema),
  treeVersion: z.string(),
  successions: z.array(successionSchema),
});

const logPlaceSchema = z.object({ version: z.number().int().nonnegative(), hash: z.string() });

/** LA7: how this node stands to the log that the nodes share. */
const standingSchema = z.object({
  /** Since when it is out of reach; null while it is not. */
  awaySince: instantSchema.nullable(),
  /** LA2: events after this version are this node's alone; null when there are none. */
  localAfter: z.number().int().nonnegative().nullable(),
});
export type Standing = z.infer<typeof standingSchema>;

export const REQUESTS = {
  /** First message of a door: where its stored log ends, and the zone tree. A fresh pump goes on from there if there is no log. */
  hello: {
    ask: treeSchema.extend({
      resume: logPlaceSchema.extend({ nextTag: z.number().int().positive() }),
      /** What this door has folded; beyond `resume` when that ends with local events. */
      at: logPlaceSchema,
      /** Broadcasts that the database thinks are live; a fresh pump ends them as `restarted`. */
      unfinished: z.array(broadcastIdSchema),
      /** EL11: of the pump under which they were live. */
      lastSign: z.object({ eventAt: instantSchema.nullable(), seenAt: instantSchema.nullable() }),
      /** BR21: the newest keys and the broadcast that each was used for, oldest first. */
      usedKeys: z.array(z.tuple([z.string().max(64), broadcastIdSchema])),
    }),
    /** `treeVersion`: of the tree that the pump works with now; another one than asked when it could not take that over yet. */
    answer: z.object({
      run: z.string(),
      node: z.string(),
      version: z.number().int(),
      treeVersion: z.string(),
      /** False: no events lead on from `at`; the door takes over the state (`log:state`). */
      leadsOn: z.boolean(),
      standing: standingSchema,
    }),
  },
  /** The tree is another one now: BR28, BR26. */
  'tree:set': { ask: treeSchema, answer: z.null() },
  clock: { ask: z.null(), answer: z.object({ serverTimeMs: z.number() }) },
  /** Events after `version`, as far as the pump still has them. */
  'events:since': {
    ask: z.object({ version: z.number().int().nonnegative() }),
    answer: z.object({ events: z.array(loggedEventSchema) }),
  },
  /** The door has stored everything up to there. */
  'events:stored': { ask: logPlaceSchema, answer: z.null() },
  /**
   * The state as text (`readStoredState`), a part from `from` on; the first part (`version` null) waits until nothing that a fork has
   * lost has to be decided again. `conflict`: another door has asked meanwhile; begin again.
   */
  'log:state': {
    ask: z.object({ version: z.number().int().nonnegative().nullable(), from: z.number().int().nonnegative() }),
    answer: logPlaceSchema.extend({ part: z.string(), length: z.number().int().nonnegative() }),
  },
  command: {
    ask: z.object({ command: commandSchema }),
    answer: z.discriminatedUnion('accepted', [
      z.object({ accepted: z.literal(true), version: z.number().int() }),
      z.object({ accepted: z.literal(false), refusal: refusalAnswerSchema }),
    ]),
  },
  preview: {
    ask: z.object({ spec: startSpecSchema }),
    answer: z.object({
      outcome: z.enum(['starts', 'waits', 'refused']),
      refusal: refusalAnswerSchema.nullable(),
      hears: z.array(zoneIdSchema),
      ends: z.array(broadcastIdSchema),
      interrupts: z.array(z.object({ broadcastId: broadcastIdSchema, zones: z.array(zoneIdSchema) })),
      ducks: z.array(z.object({ broadcastId: broadcastIdSchema, zones: z.array(zoneIdSchema) })),
      silent: z.array(z.object({ zone: zoneIdSchema, by: broadcastIdSchema })),
      resumesAfter: z.array(broadcastIdSchema),
    }),
  },
  'whip:open': {
    ask: z.object({
      sourceId: sourceIdSchema,
      label: z.string().max(120),
      dtls: dtlsSchema,
      mid: midSchema,
      payloadType: payloadTypeSchema,
      channels: z.literal(2),
      /** Absent when packets are to be recognised by their MID header extension. */
      ssrc: z.number().int().positive().optional(),
      midExtensionId: z.number().int().min(1).max(14).optional(),
    }),
    answer: transportSchema,
  },
  'whip:restart': { ask: z.object({ sourceId: sourceIdSchema }), answer: iceSchema },
  'whip:close': { ask: z.object({ sourceId: sourceIdSchema }), answer: z.null() },
  'nodes:list': { ask: z.null(), answer: z.object({ nodes: z.array(peerNodeSchema) }) },
  /** What the other nodes are to be told of this door. */
  'door:about': { ask: doorAboutSchema, answer: z.null() },
  /** Broadcasts on air whose sound comes from this node. */
  'node:sounding': { ask: z.null(), answer: z.object({ broadcasts: z.array(broadcastIdSchema) }) },
  'sources:list': { ask: z.null(), answer: z.object({ sources: z.array(sourceStateSchema) }) },
  'whep:open': {
    ask: z.object({
      pathId: z.string(),
      dtls: dtlsSchema,
      payloadType: payloadTypeSchema,
      /** ND21: a second path of the same receiver, which is going to be closed: this one takes its place. */
      insteadOf: z.string().optional(),
      /** One entry for each m-line in order: the control bus, a zone's bus, the emergencies on it, or a zone output. */
      streams: z
        .array(
          z.object({
            mid: midSchema,
            of: z.discriminatedUnion('kind', [
              z.object({ kind: z.literal('control') }),
              z.object({ kind: z.literal('bus'), zoneId: zoneIdSchema }),
              /** ND20: of a second path. */
              z.object({ kind: z.literal('emergencies'), zoneId: zoneIdSchema }),
              z.object({ kind: z.literal('output'), zoneId: zoneIdSchema }),
            ]),
          }),
        )
        .min(1)
        .max(8),
    }),
    answer: transportSchema.extend({
      streams: z.array(z.object({ mid: z.string(), ssrc: z.number(), cname: z.string() })),
    }),
  },
  'whep:restart': { ask: z.object({ pathId: z.string() }), answer: iceSchema },
  'whep:close': { ask: z.object({ pathId: z.string() }), answer: z.null() },
  /** Whether this node can do its work. Asking changes nothing, and no greeting is needed. */
  health: {
    ask: z.null(),
    answer: healthSchema,
  },
  /** Figures of this node. `loopDelayMs` is of the time since it was last asked for: who asks takes it from others. */
  stats: {
    ask: z.null(),
    answer: figuresSchema,
  },
} as const;

export type RequestType = keyof typeof REQUESTS;
export type Ask<T extends RequestType> = z.input<(typeof REQUESTS)[T]['ask']>;
export type Asked<T extends RequestType> = z.output<(typeof REQUESTS)[T]['ask']>;
export type Answer<T extends RequestType> = z.output<(typeof REQUESTS)[T]['answer']>;

/** What the pump tells unasked. */
export const noticeSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('events'), events: z.array(loggedEventSchema) }),
  /** Comes before the events that it is about. */
  z.object({ type: z.literal('standing'), standing: standingSchema }),
  /** LA6: the log has taken another way than this pump; what was told of it is void. */
  z.object({ type: z.literal('log-replaced') }),
  z.object({ type: z.literal('source'), source: sourceStateSchema }),
  z.object({ type: z.literal('source-closed'), sourceId: sourceIdSchema }),
  z.object({ type: z.literal('path-closed'), pathId: z.string() }),
  /** All other nodes that there are now. */
  z.object({ type: z.literal('nodes'), nodes: z.array(peerNodeSchema) }),
  /** TL8: the pump's clock was set; what was read of it before is void. */
  z.object({ type: z.literal('clock-set') }),
]);
export type Notice = z.infer<typeof noticeSchema>;

export const requestFrameSchema = z.object({ id: z.number().int(), type: z.string(), ask: z.unknown() });
export const answerFrameSchema = z.union([
  z.object({ id: z.number().int(), ok: z.literal(true), answer: z.unknown() }),
  z.object({ id: z.number().int(), ok: z.literal(false), code: z.string(), message: z.string() }),
]);
export const noticeFrameSchema = z.object({ notice: z.unknown() });

/** Failure that the pump answers with; the door maps `code` to a status. */
export class LinkError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'LinkError';
    this.code = code;
  }
}

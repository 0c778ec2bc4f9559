import { join } from 'node:path';
import type { Logger } from 'pino';
import { z } from 'zod';
import { broadcastIdSchema, instantSchema, zoneIdSchema } from '@loa/shared/broadcasts/commands';
import { endReasonSchema, loggedEventSchema } from '@loa/shared/broadcasts/events';
import { segmentViewSchema } from '@loa/shared/protocol/live';
import { type ZoneDelay, zoneDelaySchema } from '@loa/shared/protocol/playout-delay';
import { receiverViewSchema } from '@loa/shared/protocol/receivers';
import { successionSchema } from '@loa/shared/zones/succession';
import { zoneSchema } from '@loa/shared/zones/zone';
import { isDatabaseAway } from '../repositories/database-error.ts';
import { NoAnswerError, within } from '../within.ts';
import { createKeptFile, type KeptFile, type Pace } from './kept-file.ts';
import { type KeptQueue, openKeptQueue } from './kept-queue.ts';

const FOLDER = 'last-known';
/** A city's receivers are megabytes, and they change all the time. */
const SELDOM = { everyMs: 5_000 };
/** EL31: an event that the database takes at once is not worth a write; ms. */
const QUEUED_AFTER_MS = 200;
/** EL30: a database that does not answer at the start is taken to be away after this. */
const DATABASE_WAIT_MS = 5_000;

const zoneRecordsSchema = z.object({
  versions: z.array(z.object({ zone: zoneSchema, validFrom: z.number().int(), validTo: z.number().int().nullable() })),
  successions: z.array(successionSchema),
});
const enrolledSchema = z.array(
  z.object({ view: receiverViewSchema, home: z.object({ zoneId: zoneIdSchema, askedZone: z.string().nullable() }) }),
);
const ofNode = { node: z.string(), run: z.string() };
const storeItemSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('log'), entry: loggedEventSchema, isOld: z.literal(true).default(true) }),
  z.object({ kind: z.literal('local'), entry: loggedEventSchema, ...ofNode }),
  z.object({
    kind: z.literal('lost'),
    node: z.string(),
    exceptRun: z.string().nullable(),
    live: z.array(broadcastIdSchema),
    reason: endReasonSchema,
    at: instantSchema,
  }),
]);
const objectSchema = z.record(z.string(), z.unknown());
const refusalRowSchema = z.object({
  id: z.uuid(),
  at: instantSchema,
  code: z.string(),
  detail: objectSchema,
  commandType: z.string(),
  by: objectSchema.nullable(),
  counted: z.object({ count: z.number().int(), firstAt: instantSchema }).nullable(),
});
/** Where the stored log ended. */
export const keptEndSchema = z.object({
  version: z.number().int().nonnegative(),
  hash: z.string(),
  nextTag: z.number().int().positive(),
  unfinished: z.array(broadcastIdSchema),
  usedKeys: z.array(z.tuple([z.string().max(64), broadcastIdSchema])),
  lastSign: z.object({ eventAt: instantSchema.nullable(), seenAt: instantSchema.nullable() }),
});
export type KeptEnd = z.output<typeof keptEndSchema>;

/**
 * EL30: what a door has to know to begin, as the database said it last: with it a door begins while the database is away. It is never
 * believed when the database answers.
 */
export interface LastKnown {
  readonly zones: KeptFile<z.output<typeof zoneRecordsSchema>>;
  readonly receivers: KeptFile<z.output<typeof enrolledSchema>>;
  /** Nothing is kept until the first one was ordered: then there are none. */
  readonly delays: KeptFile<ZoneDelay[]> & { read(): ZoneDelay[] };
  readonly segments: KeptFile<z.output<typeof segmentViewSchema>[]>;
  readonly end: KeptFile<KeptEnd>;
  /** EL31: what the database has not taken yet. */
  readonly events: KeptQueue<z.output<typeof storeItemSchema>>;
  readonly refusals: KeptQueue<z.output<typeof refusalRowSchema>>;
  close(): Promise<void>;
}

export function openLastKnown(dataDir: string, log: Logger): LastKnown {
  const pathOf = (name: string) => join(dataDir, FOLDER, `${name}.json`);
  const file = <S extends z.ZodType>(name: string, schema: S, pace: Pace = SELDOM) =>
    createKeptFile(pathOf(name), schema, pace, log);
  /** EL31: the database has none of it. */
  const queue = <S extends z.ZodType>(name: string, itemSchema: S) =>
    openKeptQueue(pathOf(name), itemSchema, QUEUED_AFTER_MS, log);
  const files = {
    zones: file('zones', zoneRecordsSchema),
    receivers: file('receivers', enrolledSchema),
    delays: file('playout-delays', z.array(zoneDelaySchema)),
    segments: file('segments', z.array(segmentViewSchema)),
    // A fresh pump goes on from there: what is stored later would be decided twice.
    end: file('log-end', keptEndSchema, {}),
    events: queue('unstored-events', storeItemSchema),
    refusals: queue('unstored-refusals', refusalRowSchema),
  };
  const delays = { ...files.delays, read: () => files.delays.read() ?? [] };
  return {
    ...files,
    delays,
    close: async () => void (await Promise.all(Object.values(files).map((each) => each.close()))),
  };
}

/** The database cannot be asked at present, or does not answer. */
export const isAway = (error: unknown): boolean => error instanceof NoAnswerError || isDatabaseAway(error);

/** Asks the database at the start of a door. */
export interface FirstReads {
  /** What the database says; if it is away, what is kept. Throws what the database said when nothing is. */
  readOr<T>(
    read: () => Promise<T>,
    kept: { read(): T | null },
  ): Promise<{ readonly value: T; readonly isKept: boolean }>;
}

/** EL30: a database that was found to be away is not asked, and waited for, again. */
export function createFirstReads(log: Logger): FirstReads {
  let away: unknown = null;
  return {
    async readOr(read, kept) {
      if (away === null) {
        try {
          return { value: await within(read(), DATABASE_WAIT_MS, 'the database'), isKept: false };
        } catch (error) {
          if (!isAway(error)) throw error;
          away = error;
        }
      }
      const value = kept.read();
      if (value === null) throw away;
      log.warn({ err: away }, 'the database is away: this door begins with what it knew last');
      return { value, isKept: true };
    },
  };
}

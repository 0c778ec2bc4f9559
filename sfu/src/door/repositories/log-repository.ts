import { z } from 'zod';
import type { PrismaClient } from '@loa/prisma/client';
import { eventSchema, type LoggedEvent, loggedEventSchema } from '@loa/shared/broadcasts/events';
import type { BroadcastId } from '@loa/shared/ids';
import type { LastSign } from '@loa/shared/log/last-sign';
import { REMEMBERED_KEYS } from '@loa/shared/broadcasts/limits';
import { MAX_COUNTED_TAG, nextTagAfter } from '@loa/shared/broadcasts/tags';
import { isUnstorable } from './database-error.ts';
import { zonePathsOf } from './zone-paths.ts';

/** More than one command on a full city makes. */
const MAX_ENTRIES_OF_ONE_INSTANT = 2_000;

const keySchema = z.object({ key: z.string() });
const zonesSchema = z.object({ zones: z.array(z.string()) });
const namedSchema = z.object({ zones: z.array(z.string()).optional(), spec: zonesSchema.optional() });

/** Where the stored log ends and which broadcasts it leaves open. */
export interface StoredEnd {
  readonly version: number;
  readonly hash: string;
  readonly nextTag: number;
  readonly unfinished: BroadcastId[];
  /** EL11: `seenAt` is the last sound of those. */
  readonly lastSign: LastSign;
  /** Of the newest broadcasts, oldest first. */
  readonly usedKeys: Array<[key: string, BroadcastId]>;
  /** Version of the first event of those; one after the end when there are none. */
  readonly oldestOpen: number;
}

export interface LogEntry {
  readonly id: string;
  readonly at: number;
  readonly kind: 'event' | 'refusal';
  readonly type: string;
  readonly broadcastId: string | null;
  readonly title: string | null;
  /** How the zones that it names read when its broadcast started, by id. */
  readonly zonePaths: Readonly<Record<string, string>>;
  readonly data: unknown;
  /** Set when it stands for many refusals of one kind. */
  readonly counted: Counted | null;
}

/** RF1: how many refusals a row counts, and since when (ms); its own time is that of the last. */
export interface Counted {
  readonly count: number;
  readonly firstAt: number;
}

/** A command that was refused; `detail` says of what and why. Or many that were counted. */
export interface RefusalRow {
  readonly id: string;
  readonly at: number;
  readonly code: string;
  readonly detail: object;
  readonly commandType: string;
  /** Null when counted ones were asked for by several. */
  readonly by: object | null;
  readonly counted: Counted | null;
}

export interface LogPage {
  readonly entries: LogEntry[];
  /** `before` of the next page; null at the end. */
  readonly next: number | null;
}

/** The log as it is stored, and refusals. */
export interface LogRepository {
  readEnd(): Promise<StoredEnd>;
  /** Stored events after `version`, oldest first. */
  readAfter(version: number): Promise<LoggedEvent[]>;
  /** Stores each once; what can never be stored is left out. */
  storeRefusals(refusals: readonly RefusalRow[]): Promise<void>;
  /** Newest first, strictly older than `before` (ms). With `broadcastId` only the events of that one: refusals belong to none. */
  readPage(before: number, limit: number, broadcastId?: BroadcastId): Promise<LogPage>;
}

type EventRow = Awaited<ReturnType<PrismaClient['logEvent']['findFirstOrThrow']>>;
type StoredRefusal = Awaited<ReturnType<PrismaClient['refusal']['findFirstOrThrow']>>;

function fromEvent({ version, at, type, broadcastId, event }: EventRow): LogEntry {
  return {
    id: `event-${version}`,
    at: at.getTime(),
    kind: 'event',
    type,
    broadcastId,
    title: null,
    zonePaths: {},
    data: event,
    counted: null,
  };
}

function fromRefusal({ id, at, code, detail, commandType, by, count, firstAt }: StoredRefusal): LogEntry {
  const data = { detail, commandType, by };
  return {
    id: `refusal-${id}`,
    at: at.getTime(),
    kind: 'refusal',
    type: code,
    broadcastId: null,
    title: null,
    zonePaths: {},
    data,
    counted: firstAt && { count, firstAt: firstAt.getTime() },
  };
}

function toRefusal({ at, by, counted, ...rest }: RefusalRow) {
  const { count, firstAt } = counted ?? {};
  return {
    ...rest,
    at: new Date(at),
    ...(by && { by }),
    ...(count !== undefined && { count }),
    ...(firstAt !== undefined && { firstAt: new Date(firstAt) }),
  };
}

export function createLogRepository(prisma: PrismaClient): LogRepository {
  const withTitles = async (entries: LogEntry[]): Promise<LogEntry[]> => {
    const ids = [...new Set(entries.flatMap(({ broadcastId }) => broadcastId ?? []))];
    const rows = await prisma.broadcast.findMany({
      where: { id: { in: ids } },
      select: { id: true, title: true, spec: true, zonePath: true },
    });
    const byId = new Map(rows.map((row) => [row.id, row]));
    return entries.map((entry) => {
      const row = byId.get(entry.broadcastId ?? '');
      if (!row) return entry;
      const paths = zonePathsOf(zonesSchema.parse(row.spec).zones, row.zonePath);
      // Only what the entry names: a broadcast may have thousands of zones, and a page a hundred entries.
      const named = namedSchema.safeParse(entry.data).data;
      const zones = new Set(named?.zones ?? named?.spec?.zones ?? []);
      const zonePaths = Object.fromEntries(Object.entries(paths).filter(([id]) => zones.has(id)));
      return { ...entry, title: row.title, zonePaths };
    });
  };

  return {
    async readEnd() {
      const last = await prisma.logEvent.findFirst({ orderBy: { version: 'desc' } });
      // Not the broadcast that started last: several may start in one millisecond. Tags of emergencies do not count (BR22).
      const newest = await prisma.logEvent.findFirst({
        where: { type: 'broadcast-started', event: { path: ['tag'], lte: MAX_COUNTED_TAG } },
        orderBy: { version: 'desc' },
      });
      const newestStart = newest && eventSchema.parse(newest.event);
      const open = await prisma.broadcast.findMany({ where: { endedAt: null }, select: { id: true } });
      const ids = open.map(({ id }) => id);
      // Also what a node has decided on its own: that was its last event.
      const { _max: alone } = await prisma.branchEvent.aggregate({ where: { standing: 'local' }, _max: { at: true } });
      const { _max: heard } = await prisma.playoutRecord.aggregate({
        where: { broadcastId: { in: ids } },
        _max: { lastSoundAt: true },
      });
      const eventAt = Math.max(last?.at.getTime() ?? 0, alone.at?.getTime() ?? 0);
      const recent = await prisma.broadcast.findMany({
        orderBy: { startedAt: 'desc' },
        take: REMEMBERED_KEYS,
        select: { id: true, spec: true },
      });
      const first = await prisma.logEvent.findFirst({
        where: { broadcastId: { in: ids } },
        orderBy: { version: 'asc' },
      });
      return {
        oldestOpen: Number(first?.version ?? (last?.version ?? 0n) + 1n),
        version: Number(last?.version ?? 0n),
        hash: last?.hash ?? '',
        nextTag: newestStart?.type === 'broadcast-started' ? nextTagAfter(1, newestStart.tag) : 1,
        usedKeys: recent.reverse().map(({ id, spec }) => [keySchema.parse(spec).key, id as BroadcastId]),
        unfinished: open.map(({ id }) => id as BroadcastId),
        lastSign: { eventAt: eventAt || null, seenAt: heard.lastSoundAt?.getTime() ?? null },
      };
    },
    async readAfter(version) {
      const rows = await prisma.logEvent.findMany({
        where: { version: { gt: BigInt(version) } },
        orderBy: { version: 'asc' },
      });
      return rows.map((row) => loggedEventSchema.parse({ ...row, version: Number(row.version), at: row.at.getTime() }));
    },
    async storeRefusals(refusals) {
      const rows = refusals.map(toRefusal);
      const put = (data: typeof rows) => prisma.refusal.createMany({ data, skipDuplicates: true });
      const oneByOne = async (error: unknown) => {
        if (!isUnstorable(error)) throw error;
        for (const row of rows)
          await put([row]).catch((failure: unknown) => {
            if (!isUnstorable(failure)) throw failure;
          });
      };
      await put(rows).catch(oneByOne);
    },
    async readPage(before, limit, broadcastId) {
      const of = broadcastId === undefined ? {} : { broadcastId };
      const readWhere = async (at: { lt: Date } | Date, take: number) => {
        const events = await prisma.logEvent.findMany({ where: { at, ...of }, orderBy: { version: 'desc' }, take });
        const refusals =
          broadcastId === undefined
            ? await prisma.refusal.findMany({ where: { at }, orderBy: { at: 'desc' }, take })
            : [];
        const entries = [...events.map(fromEvent), ...refusals.map(fromRefusal)].sort((a, b) => b.at - a.at);
        return { entries, more: events.length === take || refusals.length === take || entries.length > take };
      };
      const { entries, more } = await readWhere({ lt: new Date(before) }, limit);
      const lastAt = entries[limit - 1]?.at;
      if (!more || lastAt === undefined) return { entries: await withTitles(entries), next: null };
      // One command makes several entries in one millisecond, and pages are told apart by time: such a group stays together.
      const group = (await readWhere(new Date(lastAt), MAX_ENTRIES_OF_ONE_INSTANT)).entries;
      return { entries: await withTitles([...entries.filter(({ at }) => at > lastAt), ...group]), next: lastAt };
    },
  };
}

import type { PrismaClient } from '@loa/prisma/client';
import { type LoggedEvent, loggedEventSchema } from '@loa/shared/broadcasts/events';
import type { BroadcastId } from '@loa/shared/ids';
import { MAX_TAG } from '@loa/shared/protocol/csrc';

/** Where the stored log ends and which broadcasts it leaves open. */
export interface StoredEnd {
  readonly version: number;
  readonly hash: string;
  readonly nextTag: number;
  readonly unfinished: BroadcastId[];
  /** Version of the first event of those; one after the end when there are none. */
  readonly oldestOpen: number;
}

export interface LogPage {
  readonly entries: Array<{
    readonly id: string;
    readonly at: number;
    readonly kind: 'event' | 'refusal';
    readonly type: string;
    readonly broadcastId: string | null;
    readonly title: string | null;
    readonly data: unknown;
  }>;
  /** `before` of the next page; null at the end. */
  readonly next: number | null;
}

/** Events, the broadcasts that they make, and refusals. */
export interface LogRepository {
  readEnd(): Promise<StoredEnd>;
  /** Stored events after `version`, oldest first. */
  readAfter(version: number): Promise<LoggedEvent[]>;
  /** Stores events once, in order, with what they mean for their broadcasts. `pathsOf` names zones as they read now. */
  store(events: readonly LoggedEvent[], pathsOf: (zones: readonly string[]) => string): Promise<void>;
  storeRefusal(refusal: {
    id: string;
    at: number;
    code: string;
    detail: unknown;
    commandType: string;
    by: unknown;
  }): Promise<void>;
  /** Newest first, strictly older than `before` (ms). */
  readPage(before: number, limit: number): Promise<LogPage>;
}

export function createLogRepository(prisma: PrismaClient): LogRepository {
  const storeOne = async (entry: LoggedEvent, pathsOf: (zones: readonly string[]) => string) => {
    const { event } = entry;
    const row = {
      version: BigInt(entry.version),
      at: new Date(entry.at),
      prevHash: entry.prevHash,
      hash: entry.hash,
      type: event.type,
      broadcastId: event.broadcastId,
      event: event as object,
    };
    const writes = [];
    writes.push(prisma.logEvent.createMany({ data: [row], skipDuplicates: true }));
    if (event.type === 'broadcast-started') {
      const { spec } = event;
      const data = {
        id: spec.id,
        tag: event.tag,
        title: spec.title,
        spec: spec as object,
        level: spec.level,
        authority: spec.authority,
        mode: spec.mode,
        sourceKind: spec.source.kind,
        segmentId: spec.source.kind === 'segment' ? spec.source.segmentId : null,
        startedAt: new Date(entry.at),
        startedByName: spec.by.name,
        zonePath: pathsOf(spec.zones),
      };
      writes.push(prisma.broadcast.createMany({ data: [data], skipDuplicates: true }));
    }
    if (event.type === 'broadcast-ended') {
      const ended = { endedAt: new Date(entry.at), endReason: event.reason };
      writes.push(prisma.broadcast.updateMany({ where: { id: event.broadcastId, endedAt: null }, data: ended }));
    }
    await prisma.$transaction(writes);
  };

  return {
    async readEnd() {
      const last = await prisma.logEvent.findFirst({ orderBy: { version: 'desc' } });
      const newest = await prisma.broadcast.findFirst({ orderBy: { startedAt: 'desc' }, select: { tag: true } });
      const open = await prisma.broadcast.findMany({ where: { endedAt: null }, select: { id: true } });
      const ids = open.map(({ id }) => id);
      const first = await prisma.logEvent.findFirst({
        where: { broadcastId: { in: ids } },
        orderBy: { version: 'asc' },
      });
      return {
        oldestOpen: Number(first?.version ?? (last?.version ?? 0n) + 1n),
        version: Number(last?.version ?? 0n),
        hash: last?.hash ?? '',
        nextTag: ((newest?.tag ?? 0) % MAX_TAG) + 1,
        unfinished: open.map(({ id }) => id as BroadcastId),
      };
    },
    async readAfter(version) {
      const rows = await prisma.logEvent.findMany({
        where: { version: { gt: BigInt(version) } },
        orderBy: { version: 'asc' },
      });
      return rows.map((row) => loggedEventSchema.parse({ ...row, version: Number(row.version), at: row.at.getTime() }));
    },
    async store(events, pathsOf) {
      for (const entry of events) await storeOne(entry, pathsOf);
    },
    async storeRefusal({ id, at, code, detail, commandType, by }) {
      await prisma.refusal.create({
        data: { id, at: new Date(at), code, detail: detail as object, commandType, by: by as object },
      });
    },
    async readPage(before, limit) {
      const where = { at: { lt: new Date(before) } };
      const [events, refusals] = await Promise.all([
        prisma.logEvent.findMany({ where, orderBy: { version: 'desc' }, take: limit }),
        prisma.refusal.findMany({ where, orderBy: { at: 'desc' }, take: limit }),
      ]);
      const ids = [...new Set(events.flatMap(({ broadcastId }) => (broadcastId ? [broadcastId] : [])))];
      const titles = new Map(
        (await prisma.broadcast.findMany({ where: { id: { in: ids } }, select: { id: true, title: true } })).map(
          (row) => [row.id, row.title],
        ),
      );
      const merged: LogPage['entries'] = [
        ...events.map((row) => ({
          id: `event-${row.version}`,
          at: row.at.getTime(),
          kind: 'event' as const,
          type: row.type,
          broadcastId: row.broadcastId,
          title: titles.get(row.broadcastId ?? '') ?? null,
          data: row.event,
        })),
        ...refusals.map((row) => ({
          id: `refusal-${row.id}`,
          at: row.at.getTime(),
          kind: 'refusal' as const,
          type: row.code,
          broadcastId: null,
          title: null,
          data: { detail: row.detail, commandType: row.commandType, by: row.by },
        })),
      ].sort((a, b) => b.at - a.at);
      const entries = merged.slice(0, limit);
      return { entries, next: merged.length > limit || events.length === limit ? (entries.at(-1)?.at ?? null) : null };
    },
  };
}

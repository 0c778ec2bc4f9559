import type { PrismaClient, Transaction } from '@loa/prisma/client';
import type { BroadcastEvent, EndReason, LoggedEvent } from '@loa/shared/broadcasts/events';
import type { BroadcastId } from '@loa/shared/ids';
import type { Instant } from '@loa/shared/time';

/** Which run of which node's pump. */
export interface NodeRun {
  readonly node: string;
  readonly run: string;
}

/** One thing to be stored, in order. */
export type StoreItem =
  /**
   * An event of the log. Should another one have its version here, that one and what follows it are lost (EL6). Not so for what a process
   * before this one has left (`isOld`): the log may have lost it meanwhile, and then it is what is lost.
   */
  | { readonly kind: 'log'; readonly entry: LoggedEvent; readonly isOld?: true }
  /** LA2: an event that only one node has. */
  | ({ readonly kind: 'local'; readonly entry: LoggedEvent } & NodeRun)
  /** LA6: what a node had alone is not in the log that stays. Broadcasts that began in it end, but for those that are `live`. */
  | {
      readonly kind: 'lost';
      readonly node: string;
      /** Only of other runs than this one; null: of all. */
      readonly exceptRun: string | null;
      readonly live: readonly BroadcastId[];
      readonly reason: EndReason;
      readonly at: Instant;
    };

/** Writes events, with what they mean for their broadcasts. */
export interface EventRepository {
  /** Stores each once, in order; what is stored already changes nothing. `pathsOf` names zones as they read now. */
  store(items: readonly StoreItem[], pathsOf: (zones: readonly string[]) => string): Promise<void>;
}

function toRow({ version, at, prevHash, hash, event }: LoggedEvent) {
  return {
    version: BigInt(version),
    at: new Date(at),
    prevHash,
    hash,
    type: event.type,
    broadcastId: event.broadcastId,
    event: event as object,
  };
}

/** A broadcast that was decided again is the same one, under the tag that it has now. */
async function storeStart(
  tx: Transaction,
  event: Extract<BroadcastEvent, { type: 'broadcast-started' }>,
  at: Instant,
  zonePath: string,
): Promise<void> {
  const { spec, tag } = event;
  const segmentId = spec.source.kind === 'segment' ? spec.source.segmentId : null;
  // A segment may have been removed before its broadcast could be stored.
  const segment = segmentId && (await tx.segment.findUnique({ where: { id: segmentId }, select: { id: true } }));
  const row = {
    id: spec.id,
    tag,
    title: spec.title,
    spec: spec as object,
    level: spec.level,
    authority: spec.authority,
    mode: spec.mode,
    sourceKind: spec.source.kind,
    segmentId: segment ? segment.id : null,
    startedAt: new Date(at),
    startedByName: spec.by.name,
    zonePath,
  };
  const { count } = await tx.broadcast.createMany({ data: [row], skipDuplicates: true });
  if (count === 0)
    await tx.broadcast.updateMany({ where: { id: spec.id }, data: { tag, endedAt: null, endReason: null } });
}

const endBroadcasts = (tx: Transaction, id: string | { in: string[] }, at: Date, endReason: string) =>
  tx.broadcast.updateMany({ where: { id, endedAt: null }, data: { endedAt: at, endReason } });

const openAgain = (tx: Transaction, ids: string[]) =>
  tx.broadcast.updateMany({ where: { id: { in: ids } }, data: { endedAt: null, endReason: null } });

/** The broadcasts of the rows of one type. */
const broadcastsOf = (
  rows: ReadonlyArray<{ readonly type: string; readonly broadcastId: string | null }>,
  wanted: BroadcastEvent['type'],
) => rows.flatMap(({ type, broadcastId }) => (type === wanted ? (broadcastId ?? []) : []));

/** EL6: what stands here from `version` on is of a branch that the log does not have any more. */
async function setAside(tx: Transaction, version: bigint, at: Date): Promise<void> {
  const rows = await tx.logEvent.findMany({ where: { version: { gte: version } }, orderBy: { version: 'asc' } });
  const lost = rows.map(({ at: decidedAt, prevHash, hash, type, broadcastId, event, ...row }) => ({
    version: row.version,
    at: decidedAt,
    prevHash,
    hash,
    type,
    broadcastId,
    event: event as object,
    standing: 'lost',
  }));
  await tx.branchEvent.createMany({ data: lost, skipDuplicates: true });
  await tx.logEvent.deleteMany({ where: { version: { gte: version } } });
  const begun = broadcastsOf(rows, 'broadcast-started');
  const ended = broadcastsOf(rows, 'broadcast-ended');
  await openAgain(
    tx,
    ended.filter((id) => !begun.includes(id)),
  );
  // Those that were decided again are opened again by their new start.
  await endBroadcasts(tx, { in: begun }, at, 'overruled' satisfies EndReason);
}

/** Whether what is stored is where this event begins, or has not come that far. */
async function leadsOn(tx: Transaction, { version, prevHash }: ReturnType<typeof toRow>): Promise<boolean> {
  const before = await tx.logEvent.findUnique({ where: { version: version - 1n }, select: { hash: true } });
  return before === null || before.hash === prevHash;
}

export function createEventRepository(prisma: PrismaClient): EventRepository {
  const store = (item: StoreItem, pathsOf: (zones: readonly string[]) => string) =>
    prisma.$transaction(async (tx) => {
      const takeEffect = async ({ event, at }: LoggedEvent) => {
        if (event.type === 'broadcast-started') await storeStart(tx, event, at, pathsOf(event.spec.zones));
        // BR12: what waited is on air from now on; before, the row says when it was asked for.
        if (event.type === 'broadcast-admitted')
          await tx.broadcast.updateMany({ where: { id: event.broadcastId }, data: { startedAt: new Date(at) } });
        if (event.type === 'broadcast-ended') await endBroadcasts(tx, event.broadcastId, new Date(at), event.reason);
      };
      if (item.kind === 'log') {
        const row = toRow(item.entry);
        const { version, hash, at } = row;
        const known = await tx.logEvent.findUnique({ where: { version }, select: { hash: true } });
        // It is in the log, whatever an attempt before this one has left.
        await tx.branchEvent.deleteMany({ where: { hash } });
        if (known?.hash === hash) return;
        if (item.isOld && (known || !(await leadsOn(tx, row)))) {
          await tx.branchEvent.createMany({ data: [{ ...row, standing: 'lost' }], skipDuplicates: true });
          return;
        }
        if (known) await setAside(tx, version, at);
        const { count } = await tx.logEvent.createMany({ data: [row], skipDuplicates: true });
        // The door of another node may have been quicker, and further on by now.
        if (count > 0) await takeEffect(item.entry);
      }
      if (item.kind === 'local') {
        const { node, run, entry } = item;
        // Of an attempt before this one: the log has it by now, and what it means has taken effect.
        if (await tx.logEvent.findUnique({ where: { hash: entry.hash }, select: { version: true } })) return;
        const row = { ...toRow(entry), standing: 'local', node, run };
        const { count } = await tx.branchEvent.createMany({ data: [row], skipDuplicates: true });
        if (count === 0) await tx.branchEvent.updateMany({ where: { hash: row.hash }, data: { standing: 'local' } });
        else await takeEffect(entry);
      }
      if (item.kind === 'lost') {
        const { node, exceptRun, live, reason, at } = item;
        const where = { node, standing: 'local', ...(exceptRun === null ? {} : { run: { not: exceptRun } }) };
        const rows = await tx.branchEvent.findMany({ where });
        await tx.branchEvent.updateMany({ where, data: { standing: 'lost' } });
        const isLive = new Set<string>(live);
        await openAgain(
          tx,
          broadcastsOf(rows, 'broadcast-ended').filter((id) => isLive.has(id)),
        );
        const gone = broadcastsOf(rows, 'broadcast-started').filter((id) => !isLive.has(id));
        await endBroadcasts(tx, { in: gone }, new Date(at), reason);
      }
    });

  return {
    async store(items, pathsOf) {
      for (const item of items) await store(item, pathsOf);
    },
  };
}

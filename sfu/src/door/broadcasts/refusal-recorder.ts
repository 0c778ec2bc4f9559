import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Actor, Command } from '@loa/shared/broadcasts/commands';
import type { BroadcastId } from '@loa/shared/ids';
import { type CountedRefusals, MINUTE_MS, RefusalTally } from '@loa/shared/log/refusal-tally';
import type { Answer } from '../../link/messages.ts';
import type { LastKnown } from '../last-known/last-known.ts';
import type { LogRepository, RefusalRow } from '../repositories/log-repository.ts';
import { createRetryingStore } from '../retrying-store.ts';

/** As much of one refusal's zones as is stored. */
const MAX_REFUSED_ZONES = 50;
/** Rows that wait for a database that is away; while as many wait, refusals are only counted (RF2). */
export const MAX_UNSTORED_REFUSALS = 10_000;
/** Room for counts beyond that: far more than there are kinds of refusals. */
const COUNTS_RESERVE = 1_000;

/** Why a command was not carried out: said by the decision core, or by the door before it was asked. */
export type RefusalReason = Extract<Answer<'command'>, { accepted: false }>['refusal'];

/** As much of a refused command as the log shows. */
export type RefusedCommand =
  | { readonly type: 'start'; readonly spec: { readonly title: string; readonly zones: readonly string[] } }
  | { readonly type: Exclude<Command['type'], 'start'>; readonly broadcastId?: BroadcastId };

/**
 * Every command that was refused, and why, for the log; of too many in a minute how many there were (RF1). Nobody waits for
 * the database. A clean stop stores what it has; what the database does not take waits on disk (EL31). A kill loses at most what was
 * counted since the last full minute, and rows of the last seconds; those who asked have been answered either way.
 */
export interface RefusalRecorder {
  record(command: RefusedCommand, by: Actor, reason: RefusalReason): void;
  /** Rows that wait for the database. */
  readonly waiting: number;
  close(timeoutMs: number): Promise<void>;
}

export interface RefusalRecorderOptions {
  readonly repository: Pick<LogRepository, 'storeRefusals'>;
  /** EL31 */
  readonly kept?: LastKnown['refusals'];
  now(): number;
  readonly log: Logger;
}

export function createRefusalRecorder({ repository, kept, now, log }: RefusalRecorderOptions): RefusalRecorder {
  const tally = new RefusalTally();
  let minuteEnd: NodeJS.Timeout | undefined;
  const store = createRetryingStore<RefusalRow>({
    what: 'refusals',
    max: MAX_UNSTORED_REFUSALS + COUNTS_RESERVE,
    store: (batch) => repository.storeRefusals(batch),
    ...(kept ? { kept } : {}),
    log,
  });
  const mayStore = () => store.waiting < MAX_UNSTORED_REFUSALS;

  const storeCounts = () => {
    clearTimeout(minuteEnd);
    minuteEnd = undefined;
    const counts = tally.takeCounts();
    if (counts.length === 0) return;
    log.warn({ counts }, 'too many refusals; those beyond the limit are stored as counts');
    store.add(counts.map(rowOfCounted));
  };
  // Without room the counts go on growing, rather than push out what waits.
  const onMinuteEnd = () => {
    if (mayStore()) storeCounts();
    else minuteEnd = setTimeout(onMinuteEnd, MINUTE_MS);
  };

  return {
    record(command, by, reason) {
      const at = Math.floor(now());
      if (tally.isOver(at) && mayStore()) storeCounts();
      const kind = { code: reason.code, commandType: command.type };
      if (tally.take(kind, by, at, mayStore())) store.add([rowOf(command, by, reason, at)]);
      else minuteEnd ??= setTimeout(onMinuteEnd, MINUTE_MS - (at % MINUTE_MS));
    },
    get waiting() {
      return store.waiting;
    },
    async close(timeoutMs) {
      storeCounts();
      await store.close(timeoutMs);
      if (store.waiting > 0)
        log.error({ unstored: store.waiting }, 'the database did not take all refusals: the next start tries again');
    },
  };
}

function rowOf(command: RefusedCommand, by: Actor, { code, detail, holders }: RefusalReason, at: number): RefusalRow {
  const asked =
    command.type === 'start'
      ? {
          title: command.spec.title,
          zones: command.spec.zones.slice(0, MAX_REFUSED_ZONES),
          zoneCount: command.spec.zones.length,
        }
      : { broadcastId: command.broadcastId ?? null };
  const reason = { code, detail, holders: holders?.slice(0, MAX_REFUSED_ZONES) };
  return { id: randomUUID(), at, code, detail: { ...reason, ...asked }, commandType: command.type, by, counted: null };
}

function rowOfCounted({ code, commandType, by, count, firstAt, lastAt }: CountedRefusals): RefusalRow {
  return { id: randomUUID(), at: lastAt, code, detail: { code }, commandType, by, counted: { count, firstAt } };
}

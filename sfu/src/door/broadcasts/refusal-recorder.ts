import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Actor, Command } from '@loa/shared/broadcasts/commands';
import type { BroadcastId } from '@loa/shared/ids';
import type { Answer } from '../../link/messages.ts';
import type { LogRepository, RefusalRow } from '../repositories/log-repository.ts';
import { createRetryingStore } from '../retrying-store.ts';

/** Refusals that are stored in a minute, and how much of one: a script that asks in a loop must not fill the disk. */
export const MAX_REFUSALS_PER_MINUTE = 120;
const MAX_REFUSED_ZONES = 50;
/** Refusals that wait for a database that is away. */
export const MAX_UNSTORED_REFUSALS = 10_000;

/** Why a command was not carried out: said by the decision core, or by the door before it was asked. */
export type RefusalReason = Extract<Answer<'command'>, { accepted: false }>['refusal'];

/** As much of a refused command as the log shows. */
export type RefusedCommand =
  | { readonly type: 'start'; readonly spec: { readonly title: string; readonly zones: readonly string[] } }
  | { readonly type: Exclude<Command['type'], 'start'>; readonly broadcastId?: BroadcastId };

/** Every command that was refused, and why, for the log. Nobody waits for the database. */
export interface RefusalRecorder {
  record(command: RefusedCommand, by: Actor, reason: RefusalReason): void;
  close(timeoutMs: number): Promise<void>;
}

export interface RefusalRecorderOptions {
  readonly repository: Pick<LogRepository, 'storeRefusals'>;
  now(): number;
  readonly log: Logger;
}

export function createRefusalRecorder({ repository, now, log }: RefusalRecorderOptions): RefusalRecorder {
  let minute = 0;
  let refusalsThisMinute = 0;
  const store = createRetryingStore<RefusalRow>({
    what: 'refusals',
    max: MAX_UNSTORED_REFUSALS,
    store: (batch) => repository.storeRefusals(batch),
    log,
  });

  return {
    record(command, by, { code, detail, holders }) {
      const at = Math.floor(now());
      if (Math.floor(at / 60_000) !== minute) refusalsThisMinute = 0;
      minute = Math.floor(at / 60_000);
      refusalsThisMinute += 1;
      if (refusalsThisMinute > MAX_REFUSALS_PER_MINUTE) {
        if (refusalsThisMinute === MAX_REFUSALS_PER_MINUTE + 1)
          log.warn({ by }, 'too many refusals; the rest of this minute is not stored');
        return;
      }
      const asked =
        command.type === 'start'
          ? {
              title: command.spec.title,
              zones: command.spec.zones.slice(0, MAX_REFUSED_ZONES),
              zoneCount: command.spec.zones.length,
            }
          : { broadcastId: command.broadcastId ?? null };
      const reason = { code, detail, holders: holders?.slice(0, MAX_REFUSED_ZONES) };
      store.add([{ id: randomUUID(), at, code, detail: { ...reason, ...asked }, commandType: command.type, by }]);
    },
    close: store.close,
  };
}

import { pino } from 'pino';
import type { LoggedEvent } from '@loa/shared/broadcasts/events';
import type { LiveState } from '@loa/shared/broadcasts/state';
import { writeStoredState } from '@loa/shared/log/stored-state';
import { CITY_ROWS, treeOf } from '../../../shared/test/support/city.ts';
import { canonicalJson } from '../../src/pump/log/event-hash.ts';
import { createRunner, type Runner } from '../../src/pump/broadcasts/runner.ts';
import type { RedisLog } from '../../src/pump/log/redis-log.ts';
import { openLog, type RedisLogClientOptions } from './redis-node.ts';

/** The tree on which these nodes decide. */
export const LOG_TREE = treeOf(CITY_ROWS);

/** Equal for equal states, whichever way their parts came. */
export function textOfState(state: LiveState): string {
  return canonicalJson(JSON.parse(writeStoredState(state)));
}

/** A node without sound: the log, the decision core, and what it has seen. */
export interface LogNode {
  readonly log: RedisLog;
  readonly runner: Runner;
  /** All events that it folded, in order; an event may come again after a fork. */
  readonly folded: readonly LoggedEvent[];
  /** How often it had to begin again from a stored state. */
  readonly replacements: number;
  /** Which broadcasts each state had that was carried out. */
  readonly applied: ReadonlyArray<readonly string[]>;
  stateText(): string;
  /** Empties `folded` and `applied`. */
  forgetSeen(): void;
  close(): Promise<void>;
}

/** Opens the log, subscribes and catches up, as a pump does. */
export async function startLogNode(options: RedisLogClientOptions): Promise<LogNode> {
  const { log, close } = await openLog(options);
  const logger = pino({ name: options.node, level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });
  const applied: string[][] = [];
  const air = {
    apply: (state: LiveState) => void applied.push([...state.broadcasts.keys()]),
    followTree: () => undefined,
  };
  const runner = createRunner({ log, tree: LOG_TREE, nextTag: 1, usedKeys: new Map(), air, logger, now: Date.now });
  const folded: LoggedEvent[] = [];
  let replacements = 0;
  log.subscribe((events) => folded.push(...events));
  log.onReplaced(() => (replacements += 1));
  await log.catchUp();
  return {
    log,
    runner,
    folded,
    applied,
    get replacements() {
      return replacements;
    },
    stateText: () => textOfState(runner.state),
    forgetSeen() {
      folded.length = 0;
      applied.length = 0;
    },
    close,
  };
}

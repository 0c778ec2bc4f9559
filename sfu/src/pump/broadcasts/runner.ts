import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Command, StartSpec } from '@loa/shared/broadcasts/commands';
import { decide } from '@loa/shared/broadcasts/decide';
import { evolve, INITIAL_STATE, onTree } from '@loa/shared/broadcasts/evolve';
import { LEVEL } from '@loa/shared/broadcasts/rank';
import { preview, type Preview } from '@loa/shared/broadcasts/preview';
import type { Refusal } from '@loa/shared/broadcasts/refusal';
import { zonesChanged } from '@loa/shared/broadcasts/rezone';
import type { LiveState } from '@loa/shared/broadcasts/state';
import { decideAgain } from '@loa/shared/log/decide-again';
import { err, ok, type Result } from '@loa/shared/result';
import type { Succession } from '@loa/shared/zones/succession';
import type { ZoneTree } from '@loa/shared/zones/zone-tree';
import { LinkError } from '../../link/messages.ts';
import type { EventLog, Fence, Replacement } from '../log/event-log.ts';
import type { OnAir } from './on-air.ts';

/** Commands that wait for their turn; beyond that they are refused, not piled up. */
export const MAX_WAITING_COMMANDS = 64;
/** EL7: as long as a failover may take, and then some. */
const GIVE_AGAIN_TRIES = 60;
const GIVE_AGAIN_EVERY_MS = 500;

/** Runs the decision core: one command after the other, decided on the newest state, appended, folded, carried out. */
export interface Runner {
  readonly state: LiveState;
  /** The version that the log has after the command, or why it was refused. */
  submit(command: Command, fence?: Fence): Promise<Result<number, Refusal>>;
  preview(spec: StartSpec): Preview;
  /** Another tree, from the next command on. BR28: what is on air goes on in the heirs of its zones. */
  setTree(tree: ZoneTree, successions: readonly Succession[]): Promise<void>;
  /** Carries the present state out again, e.g. for a new output. */
  reapply(): void;
}

export interface RunnerOptions {
  readonly log: EventLog;
  readonly tree: ZoneTree;
  /** First tag to give out: no tag is used again. */
  readonly nextTag: number;
  /** BR21: keys that were used before this log. */
  readonly usedKeys: LiveState['usedKeys'];
  /** Carries out what was decided. */
  readonly air: Pick<OnAir, 'apply' | 'followTree'>;
  readonly logger: Logger;
  /** Server time in ms. */
  now(): number;
}

export function createRunner(options: RunnerOptions): Runner {
  const { log } = options;
  const wholeNow = () => Math.floor(options.now());
  let tree = options.tree;
  let state: LiveState = log.opened ?? {
    ...INITIAL_STATE,
    version: log.head.version,
    nextTag: options.nextTag,
    usedKeys: options.usedKeys,
  };
  let queue: Promise<unknown> = Promise.resolve();
  /** What waits for its turn. The same report again, and time passing again, is what waits already. */
  const waiting = new Map<string, Promise<Result<number, Refusal>>>();

  // What is decided stays decided: a program that cannot be carried out must not keep the log from its other readers.
  const carryOut = () => {
    try {
      options.air.apply(state, tree);
    } catch (error) {
      options.logger.error({ err: error, version: state.version }, 'the state could not be carried out');
    }
  };

  log.subscribe((events) => {
    for (const entry of events) state = evolve(state, tree, entry);
    carryOut();
  });

  const run = async (command: Command, fence?: Fence): Promise<Result<number, Refusal>> => {
    // Another node may append first; then the decision is taken again on what it left.
    for (;;) {
      const now = wholeNow();
      const decided = decide(state, tree, command, now);
      if (!decided.ok) return decided;
      if (decided.value.length === 0) return ok(state.version);
      const appended = await log.append(state.version, decided.value, now, fence);
      if (appended.ok) return ok(state.version);
      const { error } = appended;
      if (error.code === 'away') return err({ code: 'log-away', detail: error.detail });
      if (error.code === 'fenced') return err({ code: 'log-away', detail: 'another node does this now' });
    }
  };

  const submit = (command: Command, fence?: Fence): Promise<Result<number, Refusal>> => {
    const key = JSON.stringify(command);
    const same = waiting.get(key);
    if (same) return same;
    // BR10: whatever else waits, an emergency has its place; how many can be live is bounded by the core.
    const urgent = command.type === 'start' && command.spec.level === LEVEL.emergency;
    if (waiting.size >= MAX_WAITING_COMMANDS && !urgent)
      return Promise.resolve(err({ code: 'log-away', detail: 'too many wait' }));
    const result = queue.then(() => {
      waiting.delete(key);
      return run(command, fence);
    });
    waiting.set(key, result);
    queue = result.catch((error: unknown) =>
      options.logger.error({ err: error, type: command.type }, 'command failed'),
    );
    return result;
  };

  const giveAgain = async ({ lost }: Replacement) => {
    const { again, over } = decideAgain(lost, wholeNow());
    if (over.length > 0) options.logger.error({ over }, 'these broadcasts were lost and are over');
    for (const command of again) {
      let result = await submit(command);
      for (let tries = 1; tries < GIVE_AGAIN_TRIES && !result.ok && result.error.code === 'log-away'; tries++) {
        await delay(GIVE_AGAIN_EVERY_MS);
        result = await submit(command);
      }
      if (!result.ok) options.logger.error({ command, refusal: result.error }, 'lost, and refused when given again');
    }
  };

  log.storeStatesOf(() => state);
  log.onReplaced((replacement) => {
    state = replacement.state;
    carryOut();
    giveAgain(replacement).catch((error: unknown) => options.logger.error({ err: error }, 'lost work was not redone'));
  });

  return {
    get state() {
      return state;
    },
    submit,
    preview: (spec) => preview(state, tree, spec, wholeNow()),
    setTree(next, successions) {
      const result = queue.then(async () => {
        const command = zonesChanged(state, tree, next, successions);
        const before = tree;
        tree = next;
        const taken = await run(command);
        if (!taken.ok) {
          // Over the new tree, the next command would end what only has to go on elsewhere.
          tree = before;
          throw new LinkError('unavailable', `the tree was not taken over: ${taken.error.code}`);
        }
        options.air.followTree(before, tree, successions);
        state = onTree(state, tree);
        carryOut();
      });
      queue = result.catch((error: unknown) => options.logger.error({ err: error }, 'the tree was not taken over'));
      return result;
    },
    reapply: carryOut,
  };
}

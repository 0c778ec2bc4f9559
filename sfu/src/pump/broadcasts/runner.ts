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
import type { BroadcastId } from '@loa/shared/ids';
import { decideAgain } from '@loa/shared/log/decide-again';
import { err, ok, type Result } from '@loa/shared/result';
import type { Succession } from '@loa/shared/zones/succession';
import type { ZoneTree } from '@loa/shared/zones/zone-tree';
import { LinkError } from '../../link/messages.ts';
import type { EventLog, Fence, Replacement } from '../log/event-log.ts';
import { giveAgain, GIVE_AGAIN_EVERY_MS } from './give-again.ts';
import { type HeldBroadcast, heldAfterFork, withHeld } from './held-over.ts';
import type { OnAir } from './on-air.ts';
import { createWaitingCommands } from './waiting-commands.ts';

/** Commands that wait for their turn; beyond that they are refused, not piled up. */
export const MAX_WAITING_COMMANDS = 64;
/** BR10: places of emergencies beyond those. Four times as many as can be live: what is beyond would be refused anyway. */
export const MAX_WAITING_EMERGENCIES = 64;
/** Other nodes that append first; who is behind so often is not on the log's newest state at all. */
const MAX_CONFLICTS = 50;
/** LA4: by then what was lost is decided again, or what is left of it is carried out all the same. */
const MERGE_PATIENCE_MS = 3_000;
/** The end of the log is looked for so often before what was lost is given again all the same. */
const MERGE_TRIES = 60;

/** Runs the decision core: one command after the other, decided on the newest state, appended, folded, carried out. */
export interface Runner {
  readonly state: LiveState;
  /** `state` as it is carried out: LA40 keeps in it what is about to be given again. */
  readonly sounding: LiveState;
  /** What the other nodes go by: another state while this node has decided on its own (LA2). */
  readonly others: LiveState;
  /** The version that the log has after the command, or why it was refused. */
  submit(command: Command, fence?: Fence): Promise<Result<number, Refusal>>;
  preview(spec: StartSpec): Preview;
  /** Another tree, from the next command on. BR28: what is on air goes on in the heirs of its zones. */
  setTree(tree: ZoneTree, successions: readonly Succession[]): Promise<void>;
  /** Carries the present state out again, e.g. for a new output. */
  reapply(): void;
  /** LA4: settles when nothing that a fork has lost waits to be decided again. */
  settled(): Promise<void>;
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
  /** The newest state that the log has too. */
  let shared = state;
  let queue: Promise<unknown> = Promise.resolve();
  const waiting = createWaitingCommands();

  /** Forks of which the lost orders are not given again yet. */
  const merging = new Set<Promise<void>>();

  /** Forks after which the rest of the log that stays is not folded yet. */
  let behind = 0;
  /** LA40: broadcasts of which a fork has lost something that is not given again yet. */
  const held = new Map<BroadcastId, HeldBroadcast>();
  /** What is carried out. */
  let sounding = state;

  const others = () => (shared === state ? sounding : shared);

  // What is decided stays decided: a program that cannot be carried out must not keep the log from its other readers.
  const carryOut = () => {
    // A stored state may be older than what is on air.
    if (behind > 0) return;
    try {
      sounding = withHeld(state, held);
      options.air.apply(sounding, tree, others());
    } catch (error) {
      options.logger.error({ err: error, version: state.version }, 'the state could not be carried out');
    }
  };

  log.subscribe((events) => {
    for (const entry of events) state = evolve(state, tree, entry);
    if (log.localAfter === null) shared = state;
    carryOut();
  });

  const run = async (command: Command, fence?: Fence): Promise<Result<number, Refusal>> => {
    // Another node may append first; then the decision is taken again on what it left.
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
      const now = wholeNow();
      const decided = decide(state, tree, command, now);
      if (!decided.ok) return decided;
      if (decided.value.length === 0) return ok(state.version);
      const appended = await log.append(state.version, decided.value, now, { fence });
      if (appended.ok) return ok(state.version);
      const { error } = appended;
      if (error.code === 'fenced') return err({ code: 'log-away', detail: 'another node does this now' });
      const alone = error.code === 'away' ? await runAlone(command, error.detail) : null;
      if (alone) return alone;
    }
    options.logger.error({ type: command.type, version: state.version, head: log.head.version }, 'no end of conflicts');
    return err({ code: 'log-away', detail: 'the log goes on faster than this node' });
  };
  /** LA1, LA2: what this node may decide without the log; null when the log is there after all. */
  const runAlone = async (command: Command, why: string): Promise<Result<number, Refusal> | null> => {
    // A programme begins now, and not when the log was asked in vain.
    const now = wholeNow();
    const decided = decide(state, tree, command, now, 'local');
    if (!decided.ok) return decided.error.code === 'log-away' ? err({ code: 'log-away', detail: why }) : decided;
    if (decided.value.length === 0) return ok(state.version);
    const appended = await log.append(state.version, decided.value, now, { local: true });
    if (!appended.ok) return null;
    options.logger.warn({ type: command.type, version: state.version }, 'decided on this node alone');
    return ok(state.version);
  };

  const submit = (command: Command, fence?: Fence): Promise<Result<number, Refusal>> => {
    const same = waiting.same(command, fence);
    if (same) return same;
    // BR10: whatever else waits, an emergency has its place, and what is said about one as well: above all, that it is over.
    const urgent = levelOf(command, state) === LEVEL.emergency;
    if (waiting.size >= MAX_WAITING_COMMANDS + (urgent ? MAX_WAITING_EMERGENCIES : 0))
      return Promise.resolve(err({ code: 'log-away', detail: 'too many wait' }));
    const result = waiting.add(command, fence, (done) =>
      queue.then(() => {
        done();
        return run(command, fence);
      }),
    );
    queue = result.catch((error: unknown) =>
      options.logger.error({ err: error, type: command.type }, 'command failed'),
    );
    return result;
  };

  /** EL7. The state is looked at when the rest of the log that stays is folded: a stored one may be older than it. */
  const merge = async ({ lost }: Replacement, onceGiven: () => void) => {
    const catchUp = async () => {
      try {
        await log.catchUp();
        return true;
      } catch (error) {
        options.logger.warn({ err: error }, 'the log could not be read to its end; trying again');
        return false;
      }
    };
    let isRead = await catchUp();
    behind -= 1;
    carryOut();
    for (let tries = 1; !isRead && tries < MERGE_TRIES; tries++) {
      await delay(GIVE_AGAIN_EVERY_MS);
      isRead = await catchUp();
    }
    const { again, over } = decideAgain(lost, wholeNow(), sounding.broadcasts);
    if (over.length > 0) options.logger.error({ over }, 'these broadcasts were lost and are over');
    const onRefused = (command: Command, refusal: Refusal) =>
      options.logger.error({ command, refusal }, 'lost, and refused when given again');
    const pause = () => delay(GIVE_AGAIN_EVERY_MS);
    await giveAgain({ commands: again, submit, pause, onceGiven, onRefused });
  };

  log.storeStatesOf(() => state);
  log.onStanding(() => {
    if (log.localAfter !== null || shared === state) return;
    shared = state;
    carryOut();
  });
  log.onReplaced((replacement) => {
    behind += 1;
    for (const [id, one] of heldAfterFork(replacement.lost, sounding)) held.set(id, one);
    state = replacement.state;
    shared = state;
    const { promise, resolve } = Promise.withResolvers<void>();
    merging.add(promise);
    const done = () => {
      clearTimeout(patience);
      if (merging.delete(promise) && merging.size === 0) {
        held.clear();
        carryOut();
      }
      resolve();
    };
    const patience = setTimeout(() => {
      options.logger.error('what was lost is not decided again yet; going on without it');
      done();
    }, MERGE_PATIENCE_MS);
    merge(replacement, done)
      .catch((error: unknown) => options.logger.error({ err: error }, 'lost work was not redone'))
      .finally(done);
  });

  return {
    get state() {
      return state;
    },
    get sounding() {
      return sounding;
    },
    get others() {
      return others();
    },
    submit,
    preview: (spec) => preview(state, tree, spec, wholeNow(), log.reachable ? 'shared' : 'local'),
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
        // What is local stays so: what the others go by has only another tree.
        const isShared = shared === state;
        state = onTree(state, tree);
        shared = isShared ? state : onTree(shared, tree);
        carryOut();
      });
      queue = result.catch((error: unknown) => options.logger.error({ err: error }, 'the tree was not taken over'));
      return result;
    },
    reapply: carryOut,
    async settled() {
      while (merging.size > 0) await Promise.all(merging);
    },
  };
}

/** Of the broadcast that a command is about; null: of none that is known. */
function levelOf(command: Command, { broadcasts }: LiveState): number | null {
  if (command.type === 'start') return command.spec.level;
  return 'broadcastId' in command ? (broadcasts.get(command.broadcastId)?.spec.level ?? null) : null;
}

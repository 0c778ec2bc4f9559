import type { Command } from '@loa/shared/broadcasts/commands';
import type { Refusal } from '@loa/shared/broadcasts/refusal';
import type { Result } from '@loa/shared/result';
import type { Fence } from '../log/event-log.ts';

type Outcome = Promise<Result<number, Refusal>>;

/** Commands that wait for their turn, and which of them a further one need not wait beside. */
export interface WaitingCommands {
  readonly size: number;
  /** The outcome of one that waits and that this one would only repeat. */
  same(command: Command, fence?: Fence): Outcome | undefined;
  /** `outcome` settles after `done` was called: from then on it does not wait any more. */
  add(command: Command, fence: Fence | undefined, outcome: (done: () => void) => Outcome): Outcome;
}

/** A person's order, and not what machines report until it is known. */
const isOrder = (command: Command): boolean =>
  command.type === 'start' || ('by' in command && command.by !== undefined);

export function createWaitingCommands(): WaitingCommands {
  const waiting = new Set<Outcome>();
  const byKey = new Map<string, Outcome>();
  /** The newest order. One before it is another one, though it says the same: pause, unpause, pause ends in a pause. */
  let newest: string | null = null;
  const keyOf = (command: Command, fence?: Fence) => JSON.stringify([command, fence]);
  return {
    get size() {
      return waiting.size;
    },
    same: (command, fence) => byKey.get(keyOf(command, fence)),
    add(command, fence, outcome) {
      const key = keyOf(command, fence);
      const result = outcome(() => {
        waiting.delete(result);
        // By now the key may be that of a later one.
        if (byKey.get(key) === result) byKey.delete(key);
      });
      waiting.add(result);
      if (isOrder(command)) {
        if (newest !== null) byKey.delete(newest);
        newest = key;
      }
      byKey.set(key, result);
      return result;
    },
  };
}

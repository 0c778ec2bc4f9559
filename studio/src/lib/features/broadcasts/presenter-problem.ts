import type { Problem } from '@loa/shared/protocol/errors';
import type { BroadcastView } from '@loa/shared/protocol/live';

/** What is asked of a broadcast that runs already; `attach` by the page itself, the others by its presenter. */
export type CommandName = 'stop' | 'pause' | 'unpause' | 'extend' | 'attach';

/** What went wrong last. Without `of` it is the start: nothing went on air. Else the broadcast goes on as it was. */
export type PresenterProblem = Problem & {
  readonly of?: CommandName;
  /** When the broadcast would have ended as the command was given. */
  readonly expiredAt?: BroadcastView['expiresAt'];
};

/** What is shown once a command was answered, `before` as it was given: a failure by its name; a success takes the last one away. */
export function afterCommand(
  of: CommandName,
  failure: Problem | null,
  before: BroadcastView | null = null,
): PresenterProblem | null {
  return failure && { ...failure, of, expiredAt: before?.expiresAt ?? null };
}

/** What is shown once the page has tried to attach its source, which says nothing about what its presenter asked for. */
export function afterAttach(shown: PresenterProblem | null, failure: Problem | null): PresenterProblem | null {
  if (failure) return { ...failure, of: 'attach' };
  return shown?.of === 'attach' ? null : shown;
}

/** The broadcast is as the command wanted it after all (its answer was lost), or there is nothing left to command. */
export function isSettled(problem: PresenterProblem | null, view: BroadcastView): boolean {
  if (problem?.of === undefined) return false;
  if (view.phase === 'ended') return true;
  if (problem.of === 'extend') return (view.expiresAt ?? 0) > (problem.expiredAt ?? Infinity);
  return (problem.of === 'pause' && view.paused) || (problem.of === 'unpause' && !view.paused);
}

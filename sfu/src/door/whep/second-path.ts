import { ProblemError } from '../problem-error.ts';

/** What a door knows when a receiver asks for its second path here. */
export interface SecondPathFacts {
  /** It is connected to this door. */
  readonly isHere: boolean;
  /** Another door says that it is connected there (NP1). */
  readonly isElsewhere: boolean;
  readonly draining: boolean;
  /** The pump does not answer. */
  readonly silent: boolean;
}

/** NP20: why a receiver may not have a second path at this node; null when it may. */
export function refuseSecondPath({ isHere, isElsewhere, draining, silent }: SecondPathFacts): ProblemError | null {
  if (isHere)
    return new ProblemError('conflict', 'path: this receiver is connected here; its second path is at another node', {
      field: 'path',
    });
  if (!isElsewhere)
    return new ProblemError('not-found', 'receiverId: no other node says that it is connected there; register first', {
      field: 'receiverId',
    });
  if (draining) return new ProblemError('unavailable', 'this node is being emptied; go to another one');
  if (silent) return new ProblemError('unavailable', 'there is no sound at this node at the moment');
  return null;
}

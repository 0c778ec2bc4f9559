import type { ReceiverId } from '@loa/shared/ids';
import { createTurns } from './turns.ts';

/** Tells receivers that their path of zones is another one than they were told. */
export interface Reassignments {
  /** The receiver has this path now, root first. */
  told(id: ReceiverId, path: readonly string[]): void;
  forget(id: ReceiverId): void;
  /** Compares and tells, soon. */
  review(): void;
  close(): void;
}

export function createReassignments(
  everyMs: number,
  pathOf: (id: ReceiverId) => readonly string[],
  tell: (id: ReceiverId) => void,
): Reassignments {
  const paths = new Map<ReceiverId, string>();
  const isStale = (id: ReceiverId) => paths.has(id) && paths.get(id) !== pathOf(id).join();
  const turns = createTurns<ReceiverId>(everyMs, (id) => {
    if (isStale(id)) tell(id);
  });

  return {
    told(id, path) {
      paths.set(id, path.join());
      turns.forget(id);
    },
    forget(id) {
      paths.delete(id);
      turns.forget(id);
    },
    review: () => turns.add([...paths.keys()].filter(isStale)),
    close: () => turns.close(),
  };
}

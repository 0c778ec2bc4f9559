import type { ReceiverId } from '@loa/shared/ids';

/** One after the other: a ward that is merged must not join again in the same instant. */
const TELL_EVERY_MS = 10;

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
  pathOf: (id: ReceiverId) => readonly string[],
  tell: (id: ReceiverId) => void,
): Reassignments {
  const paths = new Map<ReceiverId, string>();
  const waiting = new Set<ReceiverId>();
  let timer: NodeJS.Timeout | undefined;
  const isStale = (id: ReceiverId) => paths.has(id) && paths.get(id) !== pathOf(id).join();

  const next = () => {
    const [id] = waiting;
    if (id === undefined) {
      clearInterval(timer);
      timer = undefined;
      return;
    }
    waiting.delete(id);
    if (isStale(id)) tell(id);
  };

  return {
    told(id, path) {
      paths.set(id, path.join());
      waiting.delete(id);
    },
    forget(id) {
      paths.delete(id);
      waiting.delete(id);
    },
    review() {
      for (const id of paths.keys()) if (isStale(id)) waiting.add(id);
      if (waiting.size > 0) timer ??= setInterval(next, TELL_EVERY_MS);
    },
    close() {
      clearInterval(timer);
    },
  };
}

import type { ReceiverId } from '@loa/shared/ids';
import type { PathPart } from '@loa/shared/protocol/second-path';

/**
 * A receiver leaves its old path itself when the new one has brought a pilot. One that does not is helped out of it after this time,
 * if the new path is still there: by then the pump has closed a path that was never joined.
 */
const PATH_OVERLAP_MS = 25_000;
/** A receiver that joins again and again holds no more paths than this, of either kind. */
const MAX_PATHS_OF_RECEIVER = 3;

interface OpenPath {
  readonly pathId: string;
  readonly part: PathPart;
}

/** The paths of receivers at this node. */
export interface ReceiverPaths {
  /** A path is open; those that it replaces are closed later, a surplus at once. A first path replaces a second one as well. */
  add(id: ReceiverId, path: OpenPath): void;
  remove(id: ReceiverId, pathId: string): void;
  /** Its second path here, the newest if there are several. */
  secondOf(id: ReceiverId): string | undefined;
  /** All second paths. */
  readonly seconds: string[];
}

export function createReceiverPaths(close: (pathId: string) => void): ReceiverPaths {
  /** The open paths of each receiver, the newest last. */
  const pathsOf = new Map<ReceiverId, OpenPath[]>();
  const all = (id: ReceiverId) => pathsOf.get(id) ?? [];

  return {
    add(id, path) {
      pathsOf.set(id, [...all(id), path]);
      const alike = all(id).filter(({ part }) => part === path.part);
      for (const { pathId } of alike.slice(0, -MAX_PATHS_OF_RECEIVER)) close(pathId);
      const closeOlder = () => {
        const now = all(id);
        for (const { pathId, part } of now.slice(0, Math.max(0, now.indexOf(path))))
          if (path.part === 'everything' || part === path.part) close(pathId);
      };
      setTimeout(closeOlder, PATH_OVERLAP_MS).unref();
    },
    remove(id, gone) {
      const left = all(id).filter(({ pathId }) => pathId !== gone);
      if (left.length > 0) pathsOf.set(id, left);
      else pathsOf.delete(id);
    },
    secondOf: (id) => all(id).findLast(({ part }) => part === 'emergencies')?.pathId,
    get seconds() {
      return [...pathsOf.values()].flat().flatMap(({ part, pathId }) => (part === 'emergencies' ? [pathId] : []));
    },
  };
}

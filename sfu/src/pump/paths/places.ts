import { LinkError } from '../../link/messages.ts';

/**
 * ND21: the places of this node. A second path takes one only while there is one free, and gives it to whoever comes for a first path:
 * to have a second one is worth less than to hear anything at all.
 */
export interface Places {
  /**
   * Takes a place for a path. Throws a LinkError when there is none.
   * @param insteadOf a second path whose place this first one takes over; it may stay open until the first one brings sound.
   */
  enter(pathId: string, isSecond: boolean, insteadOf?: string): void;
  leave(pathId: string): void;
  /** False for a second path that was pushed out. */
  has(pathId: string): boolean;
  /** Second paths that have a place, or have given it to the first path of the same receiver. */
  readonly seconds: number;
  readonly firsts: number;
  /** As many first paths as there are places. */
  readonly isFull: boolean;
}

/** As many as there are now, and what helps whoever is refused. */
export interface PlaceLimit {
  readonly max: number;
  readonly remedy: string;
}

/**
 * @param limit asked whenever a place is wanted: it changes with what is measured (ADR 0022).
 * @param pushOut closes a second path whose place is taken by a first one.
 */
export function createPlaces(limit: () => PlaceLimit, pushOut: (pathId: string) => void): Places {
  /** Each with the second path whose place it has. */
  const firsts = new Map<string, string | undefined>();
  const seconds = new Set<string>();
  /** Second paths whose place has another one. */
  const placeless = new Set<string>();

  const taken = () => firsts.size + seconds.size - placeless.size;
  const leave = (pathId: string) => {
    // A second path that is still there has its place again.
    placeless.delete(firsts.get(pathId) ?? pathId);
    firsts.delete(pathId);
    seconds.delete(pathId);
  };
  const refuse = (what: string) => {
    throw new LinkError('too-many-requests', `${what}: go to another one, or ${limit().remedy}`);
  };

  return {
    enter(pathId, isSecond, insteadOf) {
      const { max } = limit();
      if (isSecond) {
        if (taken() >= max) refuse(`this node has no place for a second path (${max} listeners)`);
        seconds.add(pathId);
        return;
      }
      if (firsts.size >= max) refuse(`this node has its ${max} listeners already`);
      if (insteadOf !== undefined && seconds.has(insteadOf)) placeless.add(insteadOf);
      if (taken() >= max) {
        // The newest: whoever has held one for longer goes on holding it.
        const last = [...seconds].findLast((second) => !placeless.has(second));
        if (last !== undefined) {
          leave(last);
          pushOut(last);
        }
      }
      firsts.set(pathId, insteadOf);
    },
    leave,
    has: (pathId) => firsts.has(pathId) || seconds.has(pathId),
    get seconds() {
      return seconds.size;
    },
    get firsts() {
      return firsts.size;
    },
    get isFull() {
      return firsts.size >= limit().max;
    },
  };
}

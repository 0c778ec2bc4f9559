import { DoorList } from '@loa/shared/nodes/door-list';
import { reconnectDelayMs } from '@loa/shared/nodes/reconnect-policy';
import { createDoor, type Door } from './door.ts';

/** Somebody sits before a page, so it does not wait as long as a loudspeaker. */
const LONGEST_WAIT_MS = 1_500;

/**
 * The doors that the studio lets its pages use, and the one in use: as a `Door` it is always that one. Which one is next is decided as receivers
 * decide it (ND4): those that the door named first, and when all of these have failed any that is allowed.
 */
export interface Doors extends Door {
  /** Those to which this page may go, beside the present one. */
  readonly others: readonly string[];
  /** ND5: those among them that the door in use has named as taking somebody. */
  readonly named: readonly string[];
  /** Whether this address is at one of the doors that the studio lets its pages use. */
  includes(address: string): boolean;
  /** One of them, whichever is in use. */
  at(url: string): Door;
  /** The door in use says which others take somebody; those that this page may not use mean nothing to it. */
  learn(told: readonly string[]): void;
  /** The present one is of no use: the next one takes its place. Answers how long to wait before it is tried, in ms. */
  failed(chance: number): number;
  /** This one is in use. */
  succeeded(url: string): void;
}

/** @param urls the first is tried first. */
export function createDoors(urls: readonly string[], open: (url: string) => Door = createDoor): Doors {
  const [home = '', ...allowed] = [...new Set(urls)];
  const isUsable = (url: string) => url === home || allowed.includes(url);
  const known = new Map<string, Door>();
  const list = new DoorList(home, allowed, (failures, chance) =>
    Math.min(LONGEST_WAIT_MS, reconnectDelayMs(failures, chance)),
  );
  let current = $state(home);
  let told: readonly string[] = allowed;
  const at = (url: string): Door => {
    const door = known.get(url) ?? open(url);
    known.set(url, door);
    return door;
  };
  const present = () => at(current);
  return {
    get url() {
      return current;
    },
    get others() {
      return list.others;
    },
    get named() {
      return told.filter((url) => url !== current);
    },
    includes(address) {
      const { origin } = new URL(address);
      return [home, ...allowed].some((url) => new URL(url).origin === origin);
    },
    at,
    learn(doors) {
      told = doors.filter(isUsable);
      if (told.length > 0) list.learn(told);
    },
    failed(chance) {
      const waitMs = list.failed(chance);
      if (!list.isFirstRound) list.learn(allowed);
      current = list.current;
      return waitMs;
    },
    succeeded(url) {
      list.succeeded(url);
      current = url;
    },
    token: (options) => present().token(options),
    get: (path, schema) => present().get(path, schema),
    audio: (segmentId) => present().audio(segmentId),
    send: (method, path, body, schema) => present().send(method, path, body, schema),
  };
}

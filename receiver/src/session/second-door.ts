import { reconnectDelayMs } from '@loa/shared/nodes/reconnect-policy';

const WHEP = '/whep/receivers/';

/** Longest wait of a second path that is refused, in ms: places are given to first paths, and who asks all the time gets none. */
export const MAX_SECOND_RETRY_MS = 60_000;

/** What a choice of the second door goes by. */
export interface SecondDoorChoice {
  /** Doors of other nodes, as the present door tells. */
  readonly doors: readonly string[];
  /** Where the first path is. */
  readonly firstDoor: string;
  /** One that did not work, if there is another. */
  readonly avoid: string | null;
  /** A random number from 0 to 1. */
  readonly chance: number;
}

/** PO40: the door for the second path, by chance among those of other nodes; null when there is none. */
export function chooseSecondDoor({ doors, firstDoor, avoid, chance }: SecondDoorChoice): string | null {
  const others = doors.filter((door) => door !== firstDoor);
  const fresh = others.filter((door) => door !== avoid);
  const candidates = fresh.length > 0 ? fresh : others;
  return candidates[Math.floor(chance * candidates.length)] ?? null;
}

/** The door at whose node an address of WHEP is. */
export function doorOf(whepUrl: string): string {
  return whepUrl.slice(0, whepUrl.lastIndexOf(WHEP));
}

/** Where the second path of a receiver is joined. */
export function secondWhepUrl(door: string, receiverId: string): string {
  return `${door}${WHEP}${encodeURIComponent(receiverId)}?path=second`;
}

/** PO42: how long a second path waits before the next attempt, in ms; arguments as of `reconnectDelayMs`. */
export function secondRetryDelayMs(failures: number, chance: number): number {
  return reconnectDelayMs(failures, chance, MAX_SECOND_RETRY_MS);
}

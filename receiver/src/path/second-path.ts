import type { Assignment } from '@loa/shared/protocol/receivers';
import type { Logger } from 'pino';
import { chooseSecondDoor, doorOf, secondRetryDelayMs, secondWhepUrl } from '../session/second-door.ts';
import { MediaPath, type MediaPathOptions } from './media-path.ts';

/** Receivers of one node that hear of another one spread their joins there over this time, in ms: they have a path already. */
export const SECOND_SPREAD_MS = 2_000;

export interface SecondPathOptions extends Pick<
  MediaPathOptions,
  'token' | 'access' | 'ipv6' | 'join' | 'nextSession' | 'isPilot' | 'onPacket' | 'onLeft'
> {
  readonly log: Logger;
  /** `isUp` may answer otherwise now. */
  onState(): void;
}

/**
 * PO40: holds a second media path to another node than the first, over which only emergencies come (ND20). It is joined when the first path
 * has brought a pilot, and does not move with it: when the first one has come to the node of the second, the second is left, and another node is
 * chosen. PO42: what happens to it concerns nobody; it is joined again, at its own times.
 */
export class SecondPath {
  readonly #options: SecondPathOptions;
  readonly #log: Logger;
  #assignment: Assignment | null = null;
  /** Doors of other nodes, as the present door tells. */
  #doors: readonly string[] = [];
  /** Where the first path last brought its first pilot. */
  #provenUrl: string | null = null;
  /** The door of this path; null: there is none. */
  #door: string | null = null;
  #path: MediaPath | null = null;
  /** Until a door is chosen, for the first time or another one. */
  #choosing: NodeJS.Timeout | null = null;
  #failures = 0;
  /** Paths that are being left. */
  readonly #ends = new Set<Promise<void>>();
  #closed = false;

  constructor(options: SecondPathOptions) {
    this.#options = options;
    this.#log = options.log.child({}, { msgPrefix: 'second path: ' });
  }

  get isUp(): boolean {
    return this.#path?.state === 'up';
  }

  /** ND50: when something came over it last, own time in ms; null while it is not up. */
  get heardAtMs(): number | null {
    return this.#path?.heardAtMs ?? null;
  }

  /** ND23: the door of the second path while that works; null otherwise. */
  get workingDoor(): string | null {
    return this.isUp ? this.#door : null;
  }

  /** The receiver is registered: where, and in which zones. */
  follow(assignment: Assignment): void {
    this.#assignment = assignment;
    this.learn(assignment.doors);
  }

  /** The present door tells which other doors there are. */
  learn(doors: readonly string[]): void {
    this.#doors = doors;
    this.#review();
  }

  /** The first path, joined at this address, works. */
  noteFirst(whepUrl: string): void {
    this.#provenUrl = whepUrl;
    this.#review();
  }

  noteClosed(pathId: string): void {
    this.#path?.noteClosed(pathId);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopChoosing();
    this.#leave();
    await Promise.all(this.#ends);
  }

  /** Null while the first path is not where it belongs: what the second one brings may be all there is, so it stays as it is. */
  get #settled(): Assignment | null {
    const assignment = this.#assignment;
    return assignment !== null && assignment.whepUrl === this.#provenUrl && !this.#closed ? assignment : null;
  }

  #review(): void {
    const assignment = this.#settled;
    if (assignment === null) return;
    // Nobody speaks of its node any more: when that comes back, what failed before says nothing.
    const isGone = !this.isUp && this.#door !== null && !this.#doors.includes(this.#door);
    if (isGone || this.#door === doorOf(assignment.whepUrl)) this.#leave();
    if (this.#door === null) this.#chooseAfter(Math.random() * SECOND_SPREAD_MS);
    else this.#join(assignment, this.#door);
  }

  #chooseAfter(ms: number): void {
    this.#choosing ??= setTimeout(() => {
      this.#choosing = null;
      this.#choose();
    }, ms);
  }

  #choose(): void {
    const assignment = this.#settled;
    if (assignment === null) return;
    const firstDoor = doorOf(assignment.whepUrl);
    const door = chooseSecondDoor({ doors: this.#doors, firstDoor, avoid: this.#door, chance: Math.random() });
    if (door === null) this.#leave();
    else this.#join(assignment, door);
  }

  #join(assignment: Assignment, door: string): void {
    this.#door = door;
    this.#path ??= this.#open();
    this.#path.follow({ ...assignment, whepUrl: secondWhepUrl(door, assignment.receiverId) });
  }

  #open(): MediaPath {
    this.#failures = 0;
    return new MediaPath({
      ...this.#options,
      log: this.#log,
      pilotsOnly: true,
      // At whichever door: a new one is no reason to begin with short waits again.
      retryDelayMs: (failures, chance) => secondRetryDelayMs(Math.max(failures, this.#failures), chance),
      onState: (state) => {
        if (state === 'up') {
          this.#failures = 0;
          this.#stopChoosing();
        }
        this.#options.onState();
      },
      onStuck: () => {
        this.#failures += 1;
        this.#chooseAfter(secondRetryDelayMs(this.#failures, Math.random()));
      },
    });
  }

  #leave(): void {
    const path = this.#path;
    this.#path = null;
    this.#door = null;
    if (path === null) return;
    const end: Promise<void> = path.close().finally(() => void this.#ends.delete(end));
    this.#ends.add(end);
    this.#options.onState();
  }

  #stopChoosing(): void {
    if (this.#choosing) clearTimeout(this.#choosing);
    this.#choosing = null;
  }
}

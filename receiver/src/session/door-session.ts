import { DoorList } from '@loa/shared/nodes/door-list';
import type { Assignment, ReceiverSettings, Registration } from '@loa/shared/protocol/receivers';
import type { ReceiverToDoor } from '@loa/shared/protocol/sockets';
import { err, type Result } from '@loa/shared/result';
import type { ClockEstimate, ClockSample } from '@loa/shared/timing/clock-offset';
import type { Logger } from 'pino';
import type { z } from 'zod';
import {
  DoorConnection,
  type DoorConnectionOptions,
  REQUEST_TIMEOUT_MS,
  type RequestFailure,
} from './door-connection.ts';

/** Where a receiver keeps the doors that it knows, for when it is started while its own one is away. */
export interface DoorMemory {
  read(): readonly string[];
  write(doors: readonly string[]): void;
}

/** A door that is near takes a connection within this time, in ms. */
const HURRY_MS = 2_000;
/** Between two moves that a media path asks for, in ms: where no node works, going round and round helps nobody. */
const MOVE_PAUSE_MS = 5_000;

export interface DoorSessionOptions {
  /** The door of the settings. */
  readonly doorUrl: string;
  readonly token: string;
  readonly registration: Registration;
  readonly log: Logger;
  /** Left out: what it is told of other doors is forgotten with the process. */
  readonly memory?: DoorMemory;
  /** `doorUrl`: of the door that it is registered at from now on. */
  onAssigned(assignment: Assignment, doorUrl: string): void;
  onSettings(settings: ReceiverSettings): void;
  /** A media path of this receiver is gone at the server. */
  onPathClosed(pathId: string): void;
  /** Left out by who does not want the clock to be measured. Answers what is known with it. */
  onClockSample?(sample: ClockSample): ClockEstimate | null;
  /** ND23: a door whose node is known to work, if this receiver has to go to another one. */
  preferredDoor?(): string | null;
  /** The control connection is there and this receiver is registered, or not any more. */
  onOnline(online: boolean): void;
}

/**
 * The control connection: registers, measures the clock, carries reports. Sound does not depend on it: when it is away the
 * receiver goes on with its last assignment. ND4: when its door is away it goes to another one; ND5: when it is sent away, it
 * leaves its door only when it is registered at another one.
 */
export class DoorSession {
  readonly #options: DoorSessionOptions;
  readonly #doors: DoorList;
  #connection: DoorConnection | null = null;
  /** The connection to the door to which it moves. */
  #next: DoorConnection | null = null;
  #retry: NodeJS.Timeout | null = null;
  #moveRetry: NodeJS.Timeout | null = null;
  /** What the memory has. */
  #kept: string;
  /** Where it is registered, or was last. */
  #doorUrl = '';
  /** Where its door sends it; null: it may stay. */
  #sentTo: readonly string[] | null = null;
  #lastAskedMoveAt = Number.NEGATIVE_INFINITY;
  #closed = false;
  #online = false;

  constructor(options: DoorSessionOptions) {
    this.#options = options;
    const remembered = options.memory?.read() ?? [];
    this.#kept = remembered.join();
    this.#doors = new DoorList(options.doorUrl, remembered);
  }

  get online(): boolean {
    return this.#online;
  }

  open(): void {
    const connection = this.#connect(this.#doors.current, {
      onAssigned: (assignment) => this.#registered(connection, assignment),
      onDown: (why, doors) => this.#lost(why, doors),
    });
    this.#connection = connection;
  }

  /** One request and its acknowledgement, checked. */
  async request<Event extends keyof ReceiverToDoor, Schema extends z.ZodType>(
    event: Event,
    message: Parameters<ReceiverToDoor[Event]>[0],
    data: Schema,
  ): Promise<Result<z.output<Schema>, RequestFailure>> {
    return this.#connection?.request(event, message, data) ?? err({ code: 'timeout', message: 'not connected' });
  }

  /**
   * The media path of this node does not come about: another node may have one. Does nothing while there is no other.
   * @param isStill ND52: whether that is so when another door has answered; otherwise this receiver stays.
   */
  moveOn(isStill: () => boolean): void {
    if (performance.now() - this.#lastAskedMoveAt < MOVE_PAUSE_MS) return;
    if (this.#move(this.#doors.others, isStill)) this.#lastAskedMoveAt = performance.now();
  }

  close(): void {
    this.#closed = true;
    if (this.#retry) clearTimeout(this.#retry);
    if (this.#moveRetry) clearTimeout(this.#moveRetry);
    this.#next?.close();
    this.#connection?.close();
  }

  /** Where another door may be quicker, a slow one is not waited for. The only one has its time, and so has a move: the old one is still there. */
  get #isHurried(): boolean {
    return this.#connection === null && this.#doors.others.length > 0 && this.#doors.isFirstRound;
  }

  #connect(
    doorUrl: string,
    { onAssigned, onDown, mayRegister }: Pick<DoorConnectionOptions, 'onAssigned' | 'onDown' | 'mayRegister'>,
  ): DoorConnection {
    const { token, registration, log, onClockSample } = this.#options;
    return new DoorConnection({
      doorUrl,
      connectTimeoutMs: this.#isHurried ? HURRY_MS : REQUEST_TIMEOUT_MS,
      token,
      registration,
      log,
      ...(onClockSample ? { onClockSample } : {}),
      ...(mayRegister ? { mayRegister } : {}),
      onAssigned,
      onDown,
      onSettings: (settings) => {
        this.#learn(settings.doors ?? null);
        this.#options.onSettings(settings);
      },
      onPathClosed: (pathId) => this.#options.onPathClosed(pathId),
      onMove: (doors) => {
        this.#learn(doors);
        this.#sentTo = doors;
        this.#move(doors);
      },
    });
  }

  #registered(connection: DoorConnection, assignment: Assignment): void {
    if (this.#connection !== connection) {
      // It has arrived: the old door is left, and what is asked from now on is asked here.
      this.#next = null;
      this.#connection?.close();
      this.#connection = connection;
      if (this.#retry) clearTimeout(this.#retry);
      this.#retry = null;
    }
    if (connection.doorUrl !== this.#doorUrl) this.#settle(connection.doorUrl);
    this.#doors.succeeded(connection.doorUrl);
    this.#learn(assignment.doors);
    this.#options.onAssigned(assignment, connection.doorUrl);
    this.#setOnline(true);
  }

  /** Registered at another door than before: what the one before asked for is over. */
  #settle(doorUrl: string): void {
    this.#doorUrl = doorUrl;
    this.#sentTo = null;
    if (this.#moveRetry) clearTimeout(this.#moveRetry);
    this.#moveRetry = null;
    this.#next?.close();
    this.#next = null;
  }

  get #preferredDoor(): string | null {
    return this.#options.preferredDoor?.() ?? null;
  }

  /** Answers whether it has begun one. */
  #move(to: readonly string[], isStill?: () => boolean): boolean {
    const candidates = to.filter((door) => door !== this.#doors.current);
    const preferred = candidates.find((candidate) => candidate === this.#preferredDoor);
    const door = preferred ?? candidates[Math.floor(Math.random() * candidates.length)];
    if (door === undefined || this.#closed || this.#next !== null || this.#moveRetry !== null) return false;
    this.#options.log.info({ door }, 'moving to another door');
    const next = this.#connect(door, {
      ...(isStill ? { mayRegister: isStill } : {}),
      onAssigned: (assignment) => this.#registered(next, assignment),
      onDown: (why, doors) => {
        if (this.#connection === next) return this.#lost(why, doors);
        this.#next = null;
        this.#options.log.warn({ door }, `not moved: ${why}`);
        if (isStill?.() === false) this.#lastAskedMoveAt = Number.NEGATIVE_INFINITY;
        // Who was sent away, also while it tried something else, goes on trying.
        if (this.#sentTo === null || this.#closed) return;
        this.#moveRetry = setTimeout(() => {
          this.#moveRetry = null;
          if (this.#sentTo) this.#move(this.#sentTo);
        }, MOVE_PAUSE_MS * Math.random());
      },
    });
    this.#next = next;
    return true;
  }

  #lost(why: string, doors: readonly string[] | null): void {
    this.#connection = null;
    this.#sentTo = null;
    this.#setOnline(false);
    this.#learn(doors);
    this.#later(why);
  }

  #learn(doors: readonly string[] | null): void {
    if (doors !== null) this.#doors.learn(doors);
    const { remembered } = this.#doors;
    if (remembered.join() === this.#kept) return;
    this.#kept = remembered.join();
    this.#options.memory?.write(remembered);
  }

  #setOnline(online: boolean): void {
    if (online === this.#online) return;
    this.#online = online;
    this.#options.onOnline(online);
  }

  #later(why: string): void {
    if (this.#closed || this.#retry !== null) return;
    const from = this.#doors.current;
    const delay = this.#doors.failed(Math.random(), this.#preferredDoor);
    this.#options.log.warn({ from, to: this.#doors.current, retryInMs: Math.round(delay) }, why);
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.open();
    }, delay);
  }
}

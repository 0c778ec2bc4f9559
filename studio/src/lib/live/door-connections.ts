import type { Door } from './door.ts';
import type { Doors } from './doors.svelte.ts';

/** Between two attempts to go where a door sends its pages, in ms at most. */
const MOVE_PAUSE_MS = 5_000;

/** A connection to a door, which its maker listens to. */
export interface DoorConnection {
  disconnect(): unknown;
}

/**
 * Which of its doors a page is connected to: the next one when a door is of no use (ND4), and another one while the old connection stays until the
 * new one is ready (ND5). What is said over a connection is its maker's.
 */
export class DoorConnections<Connection extends DoorConnection> {
  readonly #doors: Doors;
  readonly #connect: (door: Door) => Connection;
  #present: Connection;
  #next: { readonly connection: Connection; readonly url: string } | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #moveAgain: ReturnType<typeof setTimeout> | undefined;
  readonly #lingerMs: number;
  readonly #lingering = new Map<Connection, ReturnType<typeof setTimeout>>();
  #closed = false;

  /** @param lingerMs how long a connection that was left may still answer what was asked over it. */
  constructor(doors: Doors, connect: (door: Door) => Connection, lingerMs = 0) {
    this.#lingerMs = lingerMs;
    this.#doors = doors;
    this.#connect = connect;
    this.#present = connect(doors.at(doors.url));
  }

  get present(): Connection {
    return this.#present;
  }

  /** Whether what this one says counts. */
  isPresent(connection: Connection): boolean {
    return connection === this.#present && !this.#closed;
  }

  /** This one works. Answers false when it is one that was given up. */
  ready(connection: Connection): boolean {
    if (connection === this.#next?.connection) {
      const { url } = this.#next;
      this.#next = null;
      // The pause between moves goes on: a door that has just taken this page has had no time to bring it anything.
      this.#stopRetry();
      this.#linger(this.#present);
      this.#present = connection;
      this.#doors.succeeded(url);
      return true;
    }
    if (!this.isPresent(connection)) return false;
    this.#doors.succeeded(this.#doors.url);
    return true;
  }

  /** This one does not work. Answers false when there is nowhere else to go: then its maker tries again over the same one. */
  failed(connection: Connection): boolean {
    if (connection === this.#next?.connection) {
      this.#dropNext();
      return true;
    }
    if (!this.isPresent(connection) || this.#retry !== undefined) return true;
    if (this.#doors.others.length === 0) return false;
    connection.disconnect();
    const waitMs = this.#doors.failed(Math.random());
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#present = this.#connect(this.#doors.at(this.#doors.url));
    }, waitMs);
    return true;
  }

  /** Goes to one of these doors, with a pause between attempts; does nothing while one is under way, or where there is none. */
  move(urls: readonly string[]): void {
    const url = urls[Math.floor(Math.random() * urls.length)];
    if (url === undefined || this.#closed || this.#next !== null || this.#moveAgain !== undefined) return;
    this.#moveAgain = setTimeout(() => (this.#moveAgain = undefined), MOVE_PAUSE_MS * (0.5 + Math.random() / 2));
    this.#next = { url, connection: this.#connect(this.#doors.at(url)) };
  }

  /** It may stay after all. */
  stay(): void {
    this.#dropNext();
  }

  close(): void {
    this.#closed = true;
    this.#dropNext();
    this.#stopRetry();
    clearTimeout(this.#moveAgain);
    for (const [connection, timer] of this.#lingering) {
      clearTimeout(timer);
      connection.disconnect();
    }
    this.#present.disconnect();
  }

  #dropNext(): void {
    this.#next?.connection.disconnect();
    this.#next = null;
  }

  #stopRetry(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
  }

  #linger(connection: Connection): void {
    if (this.#lingerMs === 0) return void connection.disconnect();
    const timer = setTimeout(() => {
      this.#lingering.delete(connection);
      connection.disconnect();
    }, this.#lingerMs);
    this.#lingering.set(connection, timer);
  }
}

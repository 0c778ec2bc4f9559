import type { Problem } from '@loa/shared/protocol/errors';
import { changeSchema, snapshotSchema, type Change, type Snapshot } from '@loa/shared/protocol/live';
import type { DoorToStudio, StudioToDoor } from '@loa/shared/protocol/sockets';
import { PROTOCOL } from '@loa/shared/protocol/version';
import type { Result } from '@loa/shared/result';
import { io, type Socket } from 'socket.io-client';
import type { z } from 'zod';
import { ACK_TIMEOUT_MS, ask, type AnswerOf, type PayloadOf } from './acknowledged.ts';
import { DoorConnections } from './door-connections.ts';
import type { Door } from './door.ts';
import type { Doors } from './doors.svelte.ts';
import { isHopeless, keepsPageOut, refusalOfHandshake } from './handshake.ts';

const RECONNECT_DELAY_MS = 500;
const RECONNECT_DELAY_MAX_MS = 1_500;
/** An attempt that began while the line was dead waits for its own repetitions; a new one is quicker. */
const CONNECT_TIMEOUT_MS = 4_000;
/** The same where another door may be quicker. */
const HURRY_MS = 2_000;
/** A handshake that was refused is tried again: the door may have been started anew, or the page may be let in by now. */
const REFUSED_RETRY_MS = 5_000;

type StudioConnection = Socket<DoorToStudio, StudioToDoor>;

export interface StudioSocketHandlers {
  onConnected(connected: boolean): void;
  /** Anything at all came from the door, its heartbeat included. */
  onHeard(): void;
  onSnapshot(snapshot: Snapshot): void;
  onChange(change: Change): void;
  /** The door cannot be reached, or sent a frame that is not in the protocol. */
  onProblem(problem: Problem): void;
  /** The door is there and does not let this page in; null once it does. */
  onRefused(problem: Problem | null): void;
}

/** What a page asks of the door: each event of the protocol with what it takes and what it is answered with. */
export type Requests = <Event extends keyof StudioToDoor>(
  event: Event,
  payload: PayloadOf<StudioToDoor[Event]>,
  data: z.ZodType<AnswerOf<StudioToDoor[Event]>>,
) => Promise<Result<AnswerOf<StudioToDoor[Event]>, Problem>>;

/** A page's connection to `/studio` of a door, at any time to one of those that it may use; it is kept up until it is closed. */
export class StudioSocket {
  readonly #doors: Doors;
  readonly #name: string;
  readonly #handlers: StudioSocketHandlers;
  readonly #io: typeof io;
  readonly #connections: DoorConnections<StudioConnection>;
  #asking = false;
  #closed = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  /** A test plays the other end of `connect`. */
  constructor(doors: Doors, name: string, handlers: StudioSocketHandlers, connect: typeof io = io) {
    this.#doors = doors;
    this.#name = name;
    this.#handlers = handlers;
    this.#io = connect;
    this.#connections = new DoorConnections(doors, (door) => this.#connect(door), ACK_TIMEOUT_MS);
  }

  request: Requests = (event, payload, data) => {
    return ask(this.#connections.present, event, payload, data);
  };

  /** ND12: the page is to go to one of these doors; the present connection stays until it is there. */
  move(urls: readonly string[]): void {
    this.#connections.move(urls);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#connections.close();
  }

  #connect(door: Door): StudioConnection {
    const handlers = this.#handlers;
    const socket: StudioConnection = this.#io(`${door.url}/studio`, {
      transports: ['websocket'],
      // The library would give one that was left out again.
      forceNew: true,
      reconnectionDelay: RECONNECT_DELAY_MS,
      reconnectionDelayMax: RECONNECT_DELAY_MAX_MS,
      timeout: this.#doors.others.length > 0 ? HURRY_MS : CONNECT_TIMEOUT_MS,
      auth: (give) => {
        // The token is asked for anew at each attempt, so that a door that was restarted is understood.
        void door.token({ renew: true }).then((token) => {
          give({ protocol: PROTOCOL.current, name: this.#name, ...(token.ok ? { token: token.value } : {}) });
        });
      },
    });
    const isPresent = () => this.#connections.isPresent(socket);
    const hear = () => {
      if (isPresent()) handlers.onHeard();
    };
    socket.io.on('ping', hear);
    socket.io.on('packet', hear);
    socket.on('connect', () => {
      if (!isPresent()) return;
      handlers.onRefused(null);
      handlers.onConnected(true);
    });
    socket.on('disconnect', (reason) => {
      if (isPresent()) handlers.onConnected(false);
      if (this.#connections.failed(socket)) return;
      // After a deliberate close by the server socket.io does not come back by itself.
      if (reason === 'io server disconnect') socket.connect();
    });
    socket.on('connect_error', (error) => this.#onRefused(socket, door, error));
    socket.on('live:snapshot', (frame: unknown) => {
      const parsed = snapshotSchema.safeParse(frame);
      if (!parsed.success) {
        if (isPresent()) handlers.onProblem({ code: 'internal', message: `live:snapshot: ${parsed.error.message}` });
        return;
      }
      const moved = !isPresent();
      if (!this.#connections.ready(socket)) return;
      if (moved) handlers.onConnected(true);
      handlers.onSnapshot(parsed.data);
    });
    socket.on('live:changed', (frame: unknown) => {
      if (!isPresent()) return;
      const parsed = changeSchema.safeParse(frame);
      if (parsed.success) handlers.onChange(parsed.data);
      else handlers.onProblem({ code: 'internal', message: `live:changed: ${parsed.error.message}` });
    });
    return socket;
  }

  #onRefused(socket: StudioConnection, door: Door, error: Error): void {
    const refusal = refusalOfHandshake(error);
    if (this.#connections.isPresent(socket)) {
      this.#handlers.onProblem(refusal ?? { code: 'unavailable', message: error.message });
      if (refusal === null) void this.#askWhetherKeptOut(door);
      else this.#handlers.onRefused(refusal);
    }
    // Other doors speak the same protocol.
    if (refusal !== null && isHopeless(refusal)) return;
    if (this.#connections.failed(socket) || socket.active) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => socket.connect(), REFUSED_RETRY_MS);
  }

  async #askWhetherKeptOut(door: Door): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const keptOut = await keepsPageOut(door);
    this.#asking = false;
    if (this.#closed || this.#connections.present.connected) return;
    const { origin } = location;
    const problem: Problem = { code: 'forbidden', message: `${origin} is not let in`, details: { origin } };
    this.#handlers.onRefused(keptOut ? problem : null);
  }
}

import type { Problem } from '@loa/shared/protocol/errors';
import { changeSchema, snapshotSchema, type Change, type Snapshot } from '@loa/shared/protocol/live';
import type { DoorToStudio, StudioToDoor } from '@loa/shared/protocol/sockets';
import { PROTOCOL } from '@loa/shared/protocol/version';
import type { Result } from '@loa/shared/result';
import { io, type Socket } from 'socket.io-client';
import type { z } from 'zod';
import { ask, type AnswerOf, type PayloadOf } from './acknowledged.ts';
import type { Door } from './door.ts';
import { isHopeless, keepsPageOut, refusalOfHandshake } from './handshake.ts';

const RECONNECT_DELAY_MS = 500;
const RECONNECT_DELAY_MAX_MS = 1_500;
/** An attempt that began while the line was dead waits for its own repetitions; a new one is quicker. */
const CONNECT_TIMEOUT_MS = 4_000;
/** A handshake that was refused is tried again: the door may have been started anew, or the page may be let in by now. */
const REFUSED_RETRY_MS = 5_000;

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

/** The one connection of a page to the door's `/studio`; it reconnects by itself until it is closed. */
export class StudioSocket {
  readonly #socket: Socket<DoorToStudio, StudioToDoor>;
  readonly #door: Door;
  readonly #handlers: StudioSocketHandlers;
  #asking = false;
  #closed = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  /** A test plays the other end of `connect`. */
  constructor(door: Door, name: string, handlers: StudioSocketHandlers, connect: typeof io = io) {
    this.#door = door;
    this.#handlers = handlers;
    this.#socket = connect(`${door.url}/studio`, {
      transports: ['websocket'],
      reconnectionDelay: RECONNECT_DELAY_MS,
      reconnectionDelayMax: RECONNECT_DELAY_MAX_MS,
      timeout: CONNECT_TIMEOUT_MS,
      auth: (give) => {
        // The token is asked for anew at each attempt, so that a door that was restarted is understood.
        void door.token({ renew: true }).then((token) => {
          give({ protocol: PROTOCOL.current, name, ...(token.ok ? { token: token.value } : {}) });
        });
      },
    });
    this.#socket.io.on('ping', handlers.onHeard);
    this.#socket.io.on('packet', handlers.onHeard);
    this.#socket.on('connect', () => {
      handlers.onRefused(null);
      handlers.onConnected(true);
    });
    this.#socket.on('disconnect', (reason) => {
      handlers.onConnected(false);
      // After a deliberate close by the server socket.io does not come back by itself.
      if (reason === 'io server disconnect') this.#socket.connect();
    });
    this.#socket.on('connect_error', (error) => {
      const refusal = refusalOfHandshake(error);
      handlers.onProblem(refusal ?? { code: 'unavailable', message: error.message });
      if (refusal === null) void this.#askWhetherKeptOut();
      else handlers.onRefused(refusal);
      clearTimeout(this.#retry);
      if (this.#socket.active || (refusal !== null && isHopeless(refusal))) return;
      this.#retry = setTimeout(() => this.#socket.connect(), REFUSED_RETRY_MS);
    });
    this.#socket.on('live:snapshot', (frame: unknown) => {
      const parsed = snapshotSchema.safeParse(frame);
      if (parsed.success) handlers.onSnapshot(parsed.data);
      else handlers.onProblem({ code: 'internal', message: `live:snapshot: ${parsed.error.message}` });
    });
    this.#socket.on('live:changed', (frame: unknown) => {
      const parsed = changeSchema.safeParse(frame);
      if (parsed.success) handlers.onChange(parsed.data);
      else handlers.onProblem({ code: 'internal', message: `live:changed: ${parsed.error.message}` });
    });
  }

  request: Requests = (event, payload, data) => {
    return ask(this.#socket, event, payload, data);
  };

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#socket.disconnect();
  }

  async #askWhetherKeptOut(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const keptOut = await keepsPageOut(this.#door);
    this.#asking = false;
    if (this.#closed || this.#socket.connected) return;
    const { origin } = location;
    const problem: Problem = { code: 'forbidden', message: `${origin} is not let in`, details: { origin } };
    this.#handlers.onRefused(keptOut ? problem : null);
  }
}

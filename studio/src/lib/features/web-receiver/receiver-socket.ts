import { ask } from '#lib/live/acknowledged.ts';
import { DoorConnections } from '#lib/live/door-connections.ts';
import type { Door } from '#lib/live/door.ts';
import type { Doors } from '#lib/live/doors.svelte.ts';
import { refusalOfHandshake } from '#lib/live/handshake.ts';
import { steadyNow, type SteadyClock } from '#lib/live/steady-clock.ts';
import type { Problem } from '@loa/shared/protocol/errors';
import {
  assignmentSchema,
  clockAnswerSchema,
  moveSchema,
  pathClosedSchema,
  receiverSettingsSchema,
  recordsAnswerSchema,
  type Assignment,
  type PlayoutRecord,
  type RecordsAnswer,
  type ReceiverReport,
  type ReceiverSettings,
  type Registration,
} from '@loa/shared/protocol/receivers';
import type { DoorToReceiver, ReceiverToDoor } from '@loa/shared/protocol/sockets';
import { PROTOCOL } from '@loa/shared/protocol/version';
import type { Result } from '@loa/shared/result';
import { io, type Socket } from 'socket.io-client';
import { z } from 'zod';

const PROBE_INTERVAL_MS = 5_000;
const REGISTER_RETRY_MS = 3_000;
/** What was refused is asked for again, for somebody may make room or mend it: nobody sits beside this page. */
const REFUSED_RETRY_MS = 10_000;
const RECONNECT_DELAY_MAX_MS = 5_000;
/** Where another door may be quicker, one that does not answer is given up after this time. */
const HURRY_MS = 2_000;

export interface ReceiverSocketHandlers {
  onAssigned(assignment: Assignment): void;
  onSettings(settings: ReceiverSettings): void;
  /** A media path of this receiver is gone at the server. */
  onPathClosed(pathId: string): void;
  onOnline(online: boolean): void;
  /** The door takes no connection from this page, or not this receiver; it is asked again all the same. */
  onRefused(problem: Problem): void;
}

type ReceiverConnection = Socket<DoorToReceiver, ReceiverToDoor>;

/**
 * The page's control connection as a receiver, at any time to one of the doors that it may use. Sound does not depend on it once the assignment is
 * there. ND4: when its door is away it goes to another one; ND5: when it is sent away, the old connection stays until it is registered at the other.
 */
export class ReceiverSocket {
  readonly #doors: Doors;
  readonly #registration: Registration;
  readonly #handlers: ReceiverSocketHandlers;
  readonly #clock: SteadyClock;
  readonly #io: typeof io;
  readonly #connections: DoorConnections<ReceiverConnection>;
  #probe: ReturnType<typeof setInterval> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  /** Its door has sent it away, and it is not gone yet. */
  #sentAway = false;
  #closed = false;

  /** A test plays the other end of `connect`. */
  constructor(
    doors: Doors,
    registration: Registration,
    clock: SteadyClock,
    handlers: ReceiverSocketHandlers,
    connect: typeof io = io,
  ) {
    this.#doors = doors;
    this.#registration = registration;
    this.#handlers = handlers;
    this.#clock = clock;
    this.#io = connect;
    this.#connections = new DoorConnections(doors, (door) => this.#connect(door));
    this.#probe = setInterval(() => {
      void this.#probeClock();
      if (this.#sentAway) this.moveOn();
    }, PROBE_INTERVAL_MS);
  }

  report(report: ReceiverReport): Promise<Result<null, Problem>> {
    return ask(this.#connections.present, 'receiver:report', report, z.null());
  }

  records(records: readonly PlayoutRecord[]): Promise<Result<RecordsAnswer, Problem>> {
    return ask(this.#connections.present, 'playout:records', { records: [...records] }, recordsAnswerSchema);
  }

  /** The node is to be left, for those that it has named (ND5), or brings no sound: any other may. Does nothing while there is none. */
  moveOn(): void {
    this.#connections.move(this.#sentAway ? this.#doors.named : this.#doors.others);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#probe);
    clearTimeout(this.#retry);
    this.#connections.close();
  }

  #connect(door: Door): ReceiverConnection {
    const handlers = this.#handlers;
    const socket: ReceiverConnection = this.#io(`${door.url}/receivers`, {
      transports: ['websocket'],
      // The library would give one that was left out again.
      forceNew: true,
      reconnectionDelayMax: RECONNECT_DELAY_MAX_MS,
      ...(this.#doors.others.length > 0 ? { timeout: HURRY_MS } : {}),
      auth: (give) => {
        void door.token({ renew: true }).then((token) => {
          give({ protocol: PROTOCOL.current, ...(token.ok ? { token: token.value } : {}) });
        });
      },
    });
    const isPresent = () => this.#connections.isPresent(socket);
    const listen = <Schema extends z.ZodType>(
      event: keyof DoorToReceiver,
      schema: Schema,
      take: (message: z.output<Schema>) => void,
    ) =>
      (socket as unknown as Socket).on(event, (frame: unknown) => {
        const parsed = schema.safeParse(frame);
        if (parsed.success && isPresent()) take(parsed.data);
      });
    socket.on('connect', () => void this.#register(socket, door.url));
    socket.on('receiver:reassigned', () => void this.#register(socket, door.url));
    listen('receiver:settings', receiverSettingsSchema, (settings) => {
      if (settings.doors) this.#doors.learn(settings.doors);
      handlers.onSettings(settings);
    });
    listen('receiver:path-closed', pathClosedSchema, ({ pathId }) => handlers.onPathClosed(pathId));
    listen('receiver:move', moveSchema, ({ doors }) => {
      this.#doors.learn(doors);
      this.#sentAway = doors.length > 0;
      if (this.#sentAway) this.moveOn();
      else this.#connections.stay();
    });
    socket.on('disconnect', (reason) => {
      if (isPresent()) handlers.onOnline(false);
      if (this.#connections.failed(socket)) return;
      if (reason === 'io server disconnect') this.#later(() => socket.connect(), REGISTER_RETRY_MS);
    });
    // A handshake that was refused, for want of a token for instance, is not tried again by the library itself.
    socket.on('connect_error', (error) => {
      const refusal = refusalOfHandshake(error);
      if (refusal !== null && isPresent()) handlers.onRefused(refusal);
      if (this.#connections.failed(socket)) return;
      if (!socket.active) this.#later(() => socket.connect(), REGISTER_RETRY_MS);
    });
    return socket;
  }

  async #register(socket: ReceiverConnection, doorUrl: string): Promise<void> {
    clearTimeout(this.#retry);
    const answer = await ask(socket, 'receiver:register', this.#registration, assignmentSchema);
    if (answer.ok) {
      if (!this.#connections.ready(socket)) return;
      this.#sentAway = false;
      this.#clock.follow(doorUrl);
      this.#doors.learn(answer.value.doors);
      this.#handlers.onAssigned(answer.value);
      this.#handlers.onOnline(true);
      await this.#probeClock();
      return;
    }
    const sentTo = moveSchema.safeParse(answer.error.details);
    if (sentTo.success) this.#doors.learn(sentTo.data.doors);
    const away = answer.error.code === 'unavailable';
    if (!away && this.#connections.isPresent(socket)) this.#handlers.onRefused(answer.error);
    // Without a connection the next `connect` registers; a retry here would take the place of the one that connects.
    if (!socket.connected || this.#connections.failed(socket)) return;
    this.#later(() => void this.#register(socket, doorUrl), away ? REGISTER_RETRY_MS : REFUSED_RETRY_MS);
  }

  #later(action: () => void, delayMs: number): void {
    clearTimeout(this.#retry);
    if (!this.#closed) this.#retry = setTimeout(action, delayMs);
  }

  async #probeClock(): Promise<void> {
    const sentAtMs = steadyNow();
    const answer = await ask(this.#connections.present, 'clock:probe', { clientTimeMs: sentAtMs }, clockAnswerSchema);
    if (answer.ok) this.#clock.note(sentAtMs, answer.value.serverTimeMs);
  }
}

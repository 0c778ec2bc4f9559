import { ask } from '#lib/live/acknowledged.ts';
import type { Door } from '#lib/live/door.ts';
import { refusalOfHandshake } from '#lib/live/handshake.ts';
import { steadyNow, type SteadyClock } from '#lib/live/steady-clock.ts';
import type { Problem } from '@loa/shared/protocol/errors';
import {
  assignmentSchema,
  clockAnswerSchema,
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

export interface ReceiverSocketHandlers {
  onAssigned(assignment: Assignment): void;
  onSettings(settings: ReceiverSettings): void;
  /** A media path of this receiver is gone at the server. */
  onPathClosed(pathId: string): void;
  onOnline(online: boolean): void;
  /** The door takes no connection from this page, or not this receiver; it is asked again all the same. */
  onRefused(problem: Problem): void;
}

/** The page's control connection as a receiver. Sound does not depend on it once the assignment is there. */
export class ReceiverSocket {
  readonly #socket: Socket<DoorToReceiver, ReceiverToDoor>;
  readonly #registration: Registration;
  readonly #handlers: ReceiverSocketHandlers;
  readonly #clock: SteadyClock;
  #probe: ReturnType<typeof setInterval> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  /** A test plays the other end of `connect`. */
  constructor(
    door: Door,
    registration: Registration,
    clock: SteadyClock,
    handlers: ReceiverSocketHandlers,
    connect: typeof io = io,
  ) {
    this.#registration = registration;
    this.#handlers = handlers;
    this.#clock = clock;
    this.#socket = connect(`${door.url}/receivers`, {
      transports: ['websocket'],
      reconnectionDelayMax: RECONNECT_DELAY_MAX_MS,
      auth: (give) => {
        void door.token({ renew: true }).then((token) => {
          give({ protocol: PROTOCOL.current, ...(token.ok ? { token: token.value } : {}) });
        });
      },
    });
    this.#socket.on('connect', () => void this.#register());
    this.#socket.on('receiver:reassigned', () => void this.#register());
    this.#socket.on('receiver:settings', (frame: unknown) => {
      const parsed = receiverSettingsSchema.safeParse(frame);
      if (parsed.success) handlers.onSettings(parsed.data);
    });
    this.#socket.on('receiver:path-closed', (frame: unknown) => {
      const parsed = pathClosedSchema.safeParse(frame);
      if (parsed.success) handlers.onPathClosed(parsed.data.pathId);
    });
    this.#socket.on('disconnect', (reason) => {
      handlers.onOnline(false);
      if (reason === 'io server disconnect') this.#later(() => this.#socket.connect(), REGISTER_RETRY_MS);
    });
    // A handshake that was refused, for want of a token for instance, is not tried again by the library itself.
    this.#socket.on('connect_error', (error) => {
      const refusal = refusalOfHandshake(error);
      if (refusal !== null) handlers.onRefused(refusal);
      if (!this.#socket.active) this.#later(() => this.#socket.connect(), REGISTER_RETRY_MS);
    });
    this.#probe = setInterval(() => void this.#probeClock(), PROBE_INTERVAL_MS);
  }

  report(report: ReceiverReport): Promise<Result<null, Problem>> {
    return ask(this.#socket, 'receiver:report', report, z.null());
  }

  records(records: readonly PlayoutRecord[]): Promise<Result<RecordsAnswer, Problem>> {
    return ask(this.#socket, 'playout:records', { records: [...records] }, recordsAnswerSchema);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#probe);
    clearTimeout(this.#retry);
    this.#socket.disconnect();
  }

  async #register(): Promise<void> {
    clearTimeout(this.#retry);
    const answer = await ask(this.#socket, 'receiver:register', this.#registration, assignmentSchema);
    if (answer.ok) {
      this.#handlers.onAssigned(answer.value);
      this.#handlers.onOnline(true);
      await this.#probeClock();
      return;
    }
    const away = answer.error.code === 'unavailable';
    if (!away) this.#handlers.onRefused(answer.error);
    // Without a connection the next `connect` registers; a retry here would take the place of the one that connects.
    if (this.#socket.connected) this.#later(() => void this.#register(), away ? REGISTER_RETRY_MS : REFUSED_RETRY_MS);
  }

  #later(action: () => void, delayMs: number): void {
    clearTimeout(this.#retry);
    if (!this.#closed) this.#retry = setTimeout(action, delayMs);
  }

  async #probeClock(): Promise<void> {
    const sentAtMs = steadyNow();
    const answer = await ask(this.#socket, 'clock:probe', { clientTimeMs: sentAtMs }, clockAnswerSchema);
    if (answer.ok) this.#clock.note(sentAtMs, answer.value.serverTimeMs);
  }
}

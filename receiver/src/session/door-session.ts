import { acknowledgementSchema, type Acknowledgement, type Problem } from '@loa/shared/protocol/errors';
import {
  assignmentSchema,
  clockAnswerSchema,
  pathClosedSchema,
  receiverSettingsSchema,
  type Assignment,
  type ReceiverSettings,
  type Registration,
} from '@loa/shared/protocol/receivers';
import type { DoorToReceiver, HandshakeAuth, ReceiverToDoor } from '@loa/shared/protocol/sockets';
import { PROTOCOL } from '@loa/shared/protocol/version';
import { err, ok, type Result } from '@loa/shared/result';
import type { ClockSample } from '@loa/shared/timing/clock-offset';
import type { Logger } from 'pino';
import { io, type Socket } from 'socket.io-client';
import { z } from 'zod';
import { reconnectDelayMs } from './reconnect-policy.ts';
import { localNow } from './server-clock.ts';

/** A request is answered within this time, in ms. */
export const REQUEST_TIMEOUT_MS = 5_000;
/** Clock probes after a connection was made, close together … */
const FIRST_PROBES = 6;
const FIRST_PROBE_INTERVAL_MS = 150;
/** … and from then on. */
const PROBE_INTERVAL_MS = 5_000;

export type RequestFailure = Problem | { readonly code: 'timeout' | 'bad-answer'; readonly message: string };

export interface DoorSessionOptions {
  readonly doorUrl: string;
  readonly token: string;
  readonly registration: Registration;
  readonly log: Logger;
  onAssigned(assignment: Assignment): void;
  onSettings(settings: ReceiverSettings): void;
  /** A media path of this receiver is gone at the server. */
  onPathClosed(pathId: string): void;
  /** Left out by who does not want the clock to be measured. */
  onClockSample?(sample: ClockSample): void;
  /** The control connection is there and this receiver is registered, or not any more. */
  onOnline(online: boolean): void;
}

/**
 * The control connection: registers, measures the clock, carries reports. Sound does not depend on it: when it is away the
 * receiver goes on with its last assignment.
 */
export class DoorSession {
  readonly #options: DoorSessionOptions;
  readonly #socket: Socket<DoorToReceiver, ReceiverToDoor>;
  #failures = 0;
  #retry: NodeJS.Timeout | null = null;
  #probe: NodeJS.Timeout | null = null;
  #measuring = 0;
  #closed = false;
  #online = false;

  constructor(options: DoorSessionOptions) {
    this.#options = options;
    const auth: HandshakeAuth = { protocol: PROTOCOL.current, token: options.token };
    this.#socket = io(new URL('/receivers', options.doorUrl).href, {
      auth,
      autoConnect: false,
      reconnection: false,
      forceNew: true,
      transports: ['websocket'],
      timeout: REQUEST_TIMEOUT_MS,
    });
    this.#socket.on('connect', () => void this.#register());
    this.#socket.on('connect_error', (error) => this.#later(`cannot connect: ${error.message}`));
    this.#socket.on('disconnect', (reason) => this.#later(`disconnected: ${reason}`));
    this.#socket.on('receiver:reassigned', () => void this.#register());
    this.#socket.on('receiver:settings', (settings) => {
      const checked = this.#check(receiverSettingsSchema, 'receiver:settings', settings);
      if (checked !== null) options.onSettings(checked);
    });
    this.#socket.on('receiver:path-closed', (message) => {
      const checked = this.#check(pathClosedSchema, 'receiver:path-closed', message);
      if (checked !== null) options.onPathClosed(checked.pathId);
    });
  }

  get online(): boolean {
    return this.#online;
  }

  open(): void {
    this.#socket.connect();
  }

  /** One request and its acknowledgement, checked. */
  async request<Event extends keyof ReceiverToDoor, Schema extends z.ZodType>(
    event: Event,
    message: Parameters<ReceiverToDoor[Event]>[0],
    data: Schema,
  ): Promise<Result<z.output<Schema>, RequestFailure>> {
    // The library would keep the message and send it when it is stale.
    if (!this.#socket.connected) return err({ code: 'timeout', message: 'not connected' });
    const socket = this.#socket as unknown as Socket;
    let answer: unknown;
    try {
      answer = await socket.timeout(REQUEST_TIMEOUT_MS).emitWithAck(event, message);
    } catch (error) {
      return err({ code: 'timeout', message: String(error) });
    }
    const parsed = acknowledgementSchema(data).safeParse(answer);
    if (!parsed.success) return err({ code: 'bad-answer', message: z.prettifyError(parsed.error) });
    const acknowledgement = parsed.data as Acknowledgement<z.output<Schema>>;
    return acknowledgement.ok ? ok(acknowledgement.data) : err(acknowledgement.error);
  }

  close(): void {
    this.#closed = true;
    if (this.#retry) clearTimeout(this.#retry);
    if (this.#probe) clearTimeout(this.#probe);
    this.#socket.disconnect();
  }

  #check<Schema extends z.ZodType>(schema: Schema, event: string, message: unknown): z.output<Schema> | null {
    const parsed = schema.safeParse(message);
    if (parsed.success) return parsed.data;
    this.#options.log.warn(
      { event, issues: parsed.error.issues },
      'a message that does not fit the protocol was ignored',
    );
    return null;
  }

  async #register(): Promise<void> {
    const { log, registration } = this.#options;
    const result = await this.request('receiver:register', registration, assignmentSchema);
    if (this.#closed) return;
    if (!result.ok) {
      this.#later(`registration refused: ${result.error.code}: ${result.error.message}`);
      return;
    }
    this.#failures = 0;
    log.info({ zone: result.value.zoneId, buses: result.value.path.length }, 'registered');
    this.#options.onAssigned(result.value);
    this.#setOnline(true);
    if (this.#probe) clearTimeout(this.#probe);
    this.#measuring += 1;
    if (this.#options.onClockSample) await this.#measure(this.#measuring, FIRST_PROBES);
  }

  /** `round` ends when another registration begins a new one. */
  async #measure(round: number, quickly: number): Promise<void> {
    const sentAtMs = localNow();
    const answer = await this.request('clock:probe', { clientTimeMs: sentAtMs }, clockAnswerSchema);
    if (this.#closed || !this.#socket.connected || round !== this.#measuring) return;
    if (answer.ok && answer.value.clientTimeMs === sentAtMs) {
      this.#options.onClockSample?.({ sentAtMs, serverTimeMs: answer.value.serverTimeMs, receivedAtMs: localNow() });
    }
    const wait = quickly > 0 ? FIRST_PROBE_INTERVAL_MS : PROBE_INTERVAL_MS;
    this.#probe = setTimeout(() => void this.#measure(round, quickly - 1), wait);
  }

  #setOnline(online: boolean): void {
    if (online === this.#online) return;
    this.#online = online;
    this.#options.onOnline(online);
  }

  #later(why: string): void {
    this.#setOnline(false);
    if (this.#closed || this.#retry !== null) return;
    this.#failures += 1;
    const delay = reconnectDelayMs(this.#failures, Math.random());
    this.#options.log.warn({ failures: this.#failures, retryInMs: Math.round(delay) }, why);
    this.#retry = setTimeout(() => {
      this.#retry = null;
      if (this.#socket.connected) void this.#register();
      else this.#socket.connect();
    }, delay);
  }
}

import { acknowledgementSchema, type Acknowledgement, type Problem } from '@loa/shared/protocol/errors';
import {
  assignmentSchema,
  clockAnswerSchema,
  moveSchema,
  pathClosedSchema,
  receiverSettingsSchema,
  type Assignment,
  type ReceiverSettings,
  type Registration,
} from '@loa/shared/protocol/receivers';
import type { DoorToReceiver, HandshakeAuth, ReceiverToDoor } from '@loa/shared/protocol/sockets';
import { PROTOCOL } from '@loa/shared/protocol/version';
import { err, ok, type Result } from '@loa/shared/result';
import { probePauseMs, type ClockEstimate, type ClockSample } from '@loa/shared/timing/clock-offset';
import type { Logger } from 'pino';
import { io, type Socket } from 'socket.io-client';
import { z } from 'zod';
import { localNow } from './server-clock.ts';

/** A request is answered within this time, in ms. */
export const REQUEST_TIMEOUT_MS = 5_000;

export type RequestFailure = Problem | { readonly code: 'timeout' | 'bad-answer'; readonly message: string };

export interface DoorConnectionOptions {
  readonly doorUrl: string;
  readonly token: string;
  /** Beyond it the door is taken to be away. */
  readonly connectTimeoutMs: number;
  readonly registration: Registration;
  readonly log: Logger;
  /** Asked when the door has answered: whether it is still wanted. Left out: it is. */
  readonly mayRegister?: () => boolean;
  /** Registered, for the first time or again. */
  onAssigned(assignment: Assignment): void;
  onSettings(settings: ReceiverSettings): void;
  /** A media path of this receiver is gone at the server. */
  onPathClosed(pathId: string): void;
  /** The node is being emptied: go to one of these. */
  onMove(doors: readonly string[]): void;
  /** Left out by who does not want the clock to be measured. Answers what is known with it. */
  onClockSample?(sample: ClockSample): ClockEstimate | null;
  /** Said once: it is over, or never came about. `doors`: where to go instead, if the door said so. */
  onDown(why: string, doors: readonly string[] | null): void;
}

/** One connection to one door, from its opening to its end; whoever wants another one opens another one. */
export class DoorConnection {
  readonly doorUrl: string;
  readonly #options: DoorConnectionOptions;
  readonly #socket: Socket<DoorToReceiver, ReceiverToDoor>;
  #probe: NodeJS.Timeout | null = null;
  #measuring = 0;
  #over = false;

  constructor(options: DoorConnectionOptions) {
    this.#options = options;
    this.doorUrl = options.doorUrl;
    const auth: HandshakeAuth = { protocol: PROTOCOL.current, token: options.token };
    this.#socket = io(new URL('/receivers', options.doorUrl).href, {
      auth,
      reconnection: false,
      forceNew: true,
      transports: ['websocket'],
      timeout: options.connectTimeoutMs,
    });
    this.#socket.on('connect', () => {
      if (options.mayRegister?.() ?? true) void this.#register();
      else this.#end('it is not needed any more');
    });
    this.#socket.on('connect_error', (error) => this.#end(`cannot connect: ${error.message}`));
    this.#socket.on('disconnect', (reason) => this.#end(`disconnected: ${reason}`));
    this.#socket.on('receiver:reassigned', () => void this.#register());
    this.#listen('receiver:settings', receiverSettingsSchema, (settings) => options.onSettings(settings));
    this.#listen('receiver:path-closed', pathClosedSchema, ({ pathId }) => options.onPathClosed(pathId));
    this.#listen('receiver:move', moveSchema, ({ doors }) => options.onMove(doors));
  }

  /** One request and its acknowledgement, checked; `onAnswer` is called in the moment in which it comes. */
  async request<Event extends keyof ReceiverToDoor, Schema extends z.ZodType>(
    event: Event,
    message: Parameters<ReceiverToDoor[Event]>[0],
    data: Schema,
    onAnswer?: () => void,
  ): Promise<Result<z.output<Schema>, RequestFailure>> {
    // The library would keep the message and send it when it is stale.
    if (!this.#socket.connected) return err({ code: 'timeout', message: 'not connected' });
    const socket = this.#socket as unknown as Socket;
    let answer: unknown;
    try {
      answer = await new Promise((resolve, reject) => {
        socket.timeout(REQUEST_TIMEOUT_MS).emit(event, message, (error: Error | null, acknowledged: unknown) => {
          onAnswer?.();
          if (error) reject(error);
          else resolve(acknowledged);
        });
      });
    } catch (error) {
      return err({ code: 'timeout', message: String(error) });
    }
    const parsed = acknowledgementSchema(data).safeParse(answer);
    if (!parsed.success) return err({ code: 'bad-answer', message: z.prettifyError(parsed.error) });
    const acknowledgement = parsed.data as Acknowledgement<z.output<Schema>>;
    return acknowledgement.ok ? ok(acknowledgement.data) : err(acknowledgement.error);
  }

  close(): void {
    this.#over = true;
    if (this.#probe) clearTimeout(this.#probe);
    this.#socket.disconnect();
  }

  #listen<Schema extends z.ZodType>(
    event: keyof DoorToReceiver,
    schema: Schema,
    take: (message: z.output<Schema>) => void,
  ): void {
    (this.#socket as unknown as Socket).on(event, (message: unknown) => {
      const parsed = schema.safeParse(message);
      if (parsed.success) return this.#over ? undefined : take(parsed.data);
      const { issues } = parsed.error;
      this.#options.log.warn({ event, issues }, 'a message that does not fit the protocol was ignored');
      return undefined;
    });
  }

  #end(why: string, doors: readonly string[] | null = null): void {
    if (this.#over) return;
    this.close();
    this.#options.onDown(why, doors);
  }

  async #register(): Promise<void> {
    const { log, registration } = this.#options;
    const result = await this.request('receiver:register', registration, assignmentSchema);
    if (this.#over) return;
    if (!result.ok) {
      const { code, message } = result.error;
      this.#end(`registration refused: ${code}: ${message}`, doorsIn(result.error));
      return;
    }
    log.info({ zone: result.value.zoneId, buses: result.value.path.length, door: this.doorUrl }, 'registered');
    this.#options.onAssigned(result.value);
    if (this.#probe) clearTimeout(this.#probe);
    this.#measuring += 1;
    if (this.#options.onClockSample) await this.#measure(this.#measuring, 1);
  }

  /** `round` ends when another registration begins a new one; `count` is the number of this probe in it. */
  async #measure(round: number, count: number): Promise<void> {
    const sentAtMs = localNow();
    let receivedAtMs = sentAtMs;
    const answer = await this.request('clock:probe', { clientTimeMs: sentAtMs }, clockAnswerSchema, () => {
      receivedAtMs = localNow();
    });
    if (this.#over || !this.#socket.connected || round !== this.#measuring) return;
    let estimate: ClockEstimate | null = null;
    if (answer.ok && answer.value.clientTimeMs === sentAtMs) {
      const { serverTimeMs } = answer.value;
      estimate = this.#options.onClockSample?.({ sentAtMs, serverTimeMs, receivedAtMs }) ?? null;
    }
    this.#probe = setTimeout(() => void this.#measure(round, count + 1), probePauseMs(count, estimate?.jitterMs ?? 0));
  }
}

/** A node that is being emptied says with its refusal where to go. */
function doorsIn(failure: RequestFailure): readonly string[] | null {
  const parsed = moveSchema.safeParse('details' in failure ? failure.details : null);
  return parsed.success ? parsed.data.doors : null;
}

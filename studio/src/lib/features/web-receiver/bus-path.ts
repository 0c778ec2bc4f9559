import { RtcSession, type RtcState } from '#lib/audio/rtc-session.ts';
import type { Door } from '#lib/live/door.ts';
import type { Assignment } from '@loa/shared/protocol/receivers';
import { busMessageSchema, type BusMessage, type TransformOptions } from './bus-messages.ts';
import FrameWatcher from './frame-watcher.worker.ts?worker';
import { NO_STATS, sumStats, type PathStats } from './path-stats.ts';

/** How often browsers without frame access are asked which broadcast speaks. */
const POLL_MS = 40;

export interface BusPathHandlers {
  onState(state: RtcState): void;
  onTracks(tracks: readonly MediaStreamTrack[]): void;
  onMessage(message: BusMessage): void;
}

/** The media path of a page: one connection with the control bus and one bus for each zone of the assignment. */
export class BusPath {
  readonly #session: RtcSession;
  readonly #worker: Worker | null;
  readonly #handlers: BusPathHandlers;
  #connection: RTCPeerConnection | null = null;
  #receivers: RTCRtpReceiver[] = [];
  #poll: ReturnType<typeof setInterval> | undefined;

  constructor(door: Door, assignment: Assignment, handlers: BusPathHandlers) {
    this.#handlers = handlers;
    this.#worker = typeof RTCRtpScriptTransform === 'undefined' ? null : new FrameWatcher();
    if (this.#worker) {
      this.#worker.onmessage = (event: MessageEvent<unknown>) => {
        const parsed = busMessageSchema.safeParse(event.data);
        if (parsed.success) handlers.onMessage(parsed.data);
      };
    } else {
      this.#poll = setInterval(() => this.#pollSources(), POLL_MS);
    }
    this.#session = new RtcSession({
      url: assignment.whepUrl,
      token: (renew) => door.token({ renew }),
      prepare: (connection) => this.#prepare(connection, assignment),
      onState: handlers.onState,
    });
    void this.#session.open();
  }

  kick(): void {
    this.#session.kick();
  }

  async stats(): Promise<PathStats> {
    const report = await this.#connection?.getStats();
    return report ? sumStats(report.values()) : NO_STATS;
  }

  close(): void {
    clearInterval(this.#poll);
    this.#session.close();
    this.#worker?.terminate();
  }

  #prepare(connection: RTCPeerConnection, assignment: Assignment): void {
    this.#connection = connection;
    const control = connection.addTransceiver('audio', { direction: 'recvonly' });
    this.#watch(control.receiver, { kind: 'control' });
    this.#receivers = assignment.path.map((_, bus) => {
      const { receiver } = connection.addTransceiver('audio', { direction: 'recvonly' });
      this.#watch(receiver, { kind: 'bus', bus });
      receiver.jitterBufferTarget = assignment.playoutDelayMs;
      return receiver;
    });
    this.#handlers.onTracks(this.#receivers.map((receiver) => receiver.track));
  }

  #watch(receiver: RTCRtpReceiver, options: TransformOptions): void {
    if (this.#worker) receiver.transform = new RTCRtpScriptTransform(this.#worker, options);
  }

  #pollSources(): void {
    for (const [bus, receiver] of this.#receivers.entries()) {
      for (const source of receiver.getContributingSources()) {
        if (performance.timeOrigin + performance.now() - source.timestamp < POLL_MS * 2) {
          this.#handlers.onMessage({ type: 'frames', bus, csrc: source.source, packets: 1 });
        }
      }
    }
  }
}

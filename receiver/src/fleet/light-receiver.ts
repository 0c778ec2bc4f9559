import { randomUUID } from 'node:crypto';
import type { ReceiverId } from '@loa/shared/ids';
import type { PlayoutSettings } from '@loa/shared/playout/playout-engine';
import { RecordBook } from '@loa/shared/playout/record-book';
import { fromCsrc, type BusLabel } from '@loa/shared/protocol/csrc';
import { LONE_DELAY_MS } from '@loa/shared/protocol/limits';
import type { Assignment, ReceiverReport } from '@loa/shared/protocol/receivers';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Arrival } from '../path/arrival.ts';
import { MediaPath, type PathState } from '../path/media-path.ts';
import { SecondPath } from '../path/second-path.ts';
import type { joinWhep, WhepRequest } from '../path/whep-session.ts';
import { RecordSender } from '../records/record-sender.ts';
import { sendRecords } from '../records/send-records.ts';
import { DoorSession } from '../session/door-session.ts';
import { REPORT_INTERVAL_MS } from '../session/reporter.ts';
import { localNow, type ServerClock } from '../session/server-clock.ts';
import { SOFTWARE_VERSION } from '../software-version.ts';
import { HEADER_ACCESS } from './header-access.ts';
import { LightPlayout, type HeardChange } from './light-playout.ts';
import { createMemoryRecords } from './memory-records.ts';
import type { TurnQueue } from './turn-queue.ts';

/** Time moves by packets; without any, this often, in ms. */
const TURN_MS = 100;

/** The first packet of a broadcast at one receiver. */
export interface FirstPacket {
  readonly receiver: LightReceiver;
  /** Zone of the bus on which it came. */
  readonly busZoneId: string;
  readonly label: BusLabel;
  /** 32-bit RTP timestamp: the stamp. */
  readonly rtpTimestamp: number;
  /** When it came, in server time and in own time (ms since the epoch, with fractions). */
  readonly arrivedServerMs: number;
  readonly arrivedLocalMs: number;
}

export interface LightReceiverOptions {
  readonly id: ReceiverId;
  readonly zone: string;
  readonly doorUrl: string;
  readonly token: string;
  readonly log: Logger;
  /** Shared by a fleet: the clock is one, whoever reads it. */
  readonly clock: ServerClock;
  /** Whether this one measures it. */
  readonly measuresClock: boolean;
  /** Shared by a fleet: reports wait for each other here. */
  readonly turns: TurnQueue;
  readonly join: (request: WhepRequest) => ReturnType<typeof joinWhep>;
  /** PO40: whether it holds a second path. */
  readonly secondPath: boolean;
  onFirstPacket?(event: FirstPacket): void;
  /** Every packet of a bus: its tag, its 32-bit RTP timestamp, and when it came, in server time. */
  onPacket?(receiver: LightReceiver, tag: number, rtpTimestamp: number, arrivedServerMs: number): void;
  onHeard?(receiver: LightReceiver, change: HeardChange): void;
  onPath?(receiver: LightReceiver, state: PathState): void;
}

/** Registers, joins, reports and records like a real receiver, but looks at packet headers only. */
export class LightReceiver {
  readonly id: ReceiverId;
  readonly zone: string;
  readonly #options: LightReceiverOptions;
  readonly #session: DoorSession;
  readonly #path: MediaPath;
  readonly #second: SecondPath | null;
  #sessions = 0;
  readonly #playout: LightPlayout;
  readonly #book: RecordBook;
  readonly #sender: RecordSender;
  #assignment: Assignment | null = null;
  #settings: PlayoutSettings = {
    playoutDelayMs: LONE_DELAY_MS,
    volume: 100,
    emergencyVolume: 100,
    muted: false,
  };
  #turn: NodeJS.Timeout | null = null;
  #report: NodeJS.Timeout | null = null;

  constructor(options: LightReceiverOptions) {
    this.#options = options;
    this.id = options.id;
    this.zone = options.zone;
    this.#playout = new LightPlayout(this.#settings, (change) => {
      options.onHeard?.(this, change);
      this.#reportSoon();
    });
    this.#book = new RecordBook(options.id, randomUUID);
    this.#session = this.#createSession();
    this.#path = this.#createPath();
    this.#second = options.secondPath ? this.#createSecondPath() : null;
    this.#sender = new RecordSender({
      book: this.#book,
      queue: createMemoryRecords(),
      log: options.log,
      now: () => options.clock.now(),
      send: (records) => sendRecords(this.#session, records),
    });
  }

  get pathState(): PathState {
    return this.#path.state;
  }

  get hasSecondPath(): boolean {
    return this.#second?.isUp ?? false;
  }

  get assignment(): Assignment | null {
    return this.#assignment;
  }

  get settings(): PlayoutSettings {
    return this.#settings;
  }

  /** Of what was heard so far: packets that never came. */
  get lostPackets(): number {
    return this.#playout.stats.lostPackets;
  }

  open(): void {
    this.#session.open();
    this.#sender.start();
    // After a late timer packets may wait in the sockets: they are read before time moves on.
    this.#turn = setInterval(() => setImmediate(() => this.#advance(this.#options.clock.now())), TURN_MS);
    this.#report = setInterval(this.#reportSoon, REPORT_INTERVAL_MS);
  }

  async close(): Promise<void> {
    if (this.#turn) clearInterval(this.#turn);
    if (this.#report) clearInterval(this.#report);
    await this.#sender.close();
    this.#session.close();
    await Promise.all([this.#path.close(), this.#second?.close()]);
  }

  #createSession(): DoorSession {
    const { id, zone, doorUrl, token, log, clock, measuresClock } = this.#options;
    return new DoorSession({
      doorUrl,
      token,
      registration: { receiverId: id, name: id, kind: 'fleet', zone, softwareVersion: SOFTWARE_VERSION },
      log,
      onAssigned: (assignment, door) => {
        this.#assignment = assignment;
        if (measuresClock) clock.follow(door);
        clock.guess(assignment.serverTimeMs);
        this.#configure(assignment);
        this.#path.follow(assignment);
        this.#second?.follow(assignment);
      },
      onSettings: (settings) => {
        this.#configure({ ...this.#settings, ...settings } as PlayoutSettings);
        if (settings.doors) this.#second?.learn(settings.doors);
      },
      onPathClosed: (pathId) => {
        this.#path.noteClosed(pathId);
        this.#second?.noteClosed(pathId);
      },
      preferredDoor: () => this.#second?.workingDoor ?? null,
      ...(measuresClock ? { onClockSample: (sample) => (clock.note(sample), clock.estimate) } : {}),
      onOnline: (online) => {
        if (online) this.#reportSoon();
      },
    });
  }

  /** What both paths have in common. */
  #media() {
    return {
      token: this.#options.token,
      log: this.#options.log,
      access: HEADER_ACCESS,
      ipv6: false,
      join: this.#options.join,
      nextSession: () => (this.#sessions += 1),
      // What it says is encrypted; that it came is enough.
      isPilot: () => true,
      onPacket: (zoneId: string, session: number, arrival: Arrival) => this.#receive(zoneId, session, arrival),
      onLeft: (session: number) => this.#playout.resetBuses((bus) => bus.startsWith(`${session}/`)),
    };
  }

  #createSecondPath(): SecondPath {
    return new SecondPath({
      ...this.#media(),
      onState: () => this.#reportSoon(),
    });
  }

  #createPath(): MediaPath {
    return new MediaPath({
      ...this.#media(),
      onState: (state) => {
        this.#options.onPath?.(this, state);
        this.#reportSoon();
      },
      witnessHeardAtMs: () => this.#second?.heardAtMs ?? null,
      onStuck: (isStill) => this.#session.moveOn(isStill),
      onProven: (whepUrl) => this.#second?.noteFirst(whepUrl),
    });
  }

  #receive(zoneId: string, join: number, arrival: Arrival): void {
    const arrivedLocalMs = localNow();
    const arrivedServerMs = this.#options.clock.toServer(arrivedLocalMs);
    if (this.#options.onPacket && arrival.csrc !== null)
      this.#options.onPacket(this, fromCsrc(arrival.csrc).tag, arrival.timestamp, arrivedServerMs);
    const first = this.#playout.note(`${join}/${zoneId}`, arrival, arrivedServerMs);
    this.#advance(arrivedServerMs);
    if (!first) return;
    this.#options.onFirstPacket?.({
      receiver: this,
      busZoneId: zoneId,
      label: fromCsrc(arrival.csrc ?? 0),
      rtpTimestamp: arrival.timestamp,
      arrivedServerMs,
      arrivedLocalMs,
    });
  }

  #advance(nowMs: number): void {
    const zoneId = this.#assignment?.zoneId;
    if (zoneId === undefined) return;
    for (const rendered of this.#playout.advance(nowMs)) this.#book.note(rendered, zoneId);
  }

  #configure({ playoutDelayMs, delayMove, volume, emergencyVolume, muted }: PlayoutSettings): void {
    this.#settings = { playoutDelayMs, delayMove, volume, emergencyVolume, muted };
    this.#playout.configure(this.#settings);
  }

  readonly #reportSoon = (): void => this.#options.turns.add(this.#sendReport);

  readonly #sendReport = (): void => {
    if (!this.#session.online) return;
    const { stats } = this.#playout;
    const estimate = this.#options.clock.estimate;
    const report: ReceiverReport = {
      at: Math.round(this.#options.clock.now()),
      path: this.#path.state,
      secondPath: this.hasSecondPath,
      sounding: this.#playout.sounding(),
      levelDbfs: null,
      volume: this.#settings.volume,
      muted: this.#settings.muted,
      packets: stats.packets,
      lostPackets: stats.lostPackets,
      concealedMs: 0,
      lateMs: 0,
      jitterMs: 0,
      clockOffsetMs: estimate === null ? null : -estimate.offsetMs,
      clockErrorMs: estimate?.errorMs ?? null,
      sink: 'fleet',
      problem: null,
    };
    void this.#session.request('receiver:report', report, z.null());
  };
}

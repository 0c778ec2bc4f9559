import type { RtcState } from '#lib/audio/rtc-session.ts';
import { createDoors, type Doors } from '#lib/live/doors.svelte.ts';
import { randomKey } from '#lib/live/ids.ts';
import { SteadyClock, steadyNow } from '#lib/live/steady-clock.ts';
import { STUCK_MS } from '#lib/live/stuck-watch.ts';
import { delayHeardAt } from '@loa/shared/playout/delay-order';
import { QUIET_DBFS, SILENCE_DBFS } from '@loa/shared/playout/level-meter';
import type { PlayoutSettings } from '@loa/shared/playout/playout-engine';
import type { Problem } from '@loa/shared/protocol/errors';
import {
  LONE_DELAY_MS,
  PILOT_INTERVAL_MS,
  PILOTS_MISSED_FOR_PATH_LOST,
  RTP_RATE_HZ,
} from '@loa/shared/protocol/limits';
import {
  receiverIdSchema,
  type Assignment,
  type ReceiverSettings,
  type Sounding,
} from '@loa/shared/protocol/receivers';
import { BusPath } from './bus-path.ts';
import { openPlayout } from './open-playout.ts';
import { NO_STATS, type PagePlayout, type PageStats, type PlayoutProgress } from './page-playout.ts';
import { PageRecords } from './page-records.ts';
import { behindMs, pageReport } from './page-report.ts';
import { pageStep, type PageStep } from './page-step.ts';
import { ReceiverSocket, type ReceiverSocketHandlers } from './receiver-socket.ts';
import { RenderWatch } from './render-watch.ts';
import type { WebReceiverSettings } from './receiver-settings.ts';
import type { io } from 'socket.io-client';
import Ticker from './ticker.worker.ts?worker';

const REPORT_MS = 2_000;
/** A renderer that threw is made anew, but not over and over without a pause. */
const RENDERER_RETRY_MS = 3_000;
const SOFTWARE_VERSION = 'web-0.2.0';
/** Three missed pilots, and half an interval for those that are only late. */
const PATH_LOST_MS = PILOT_INTERVAL_MS * (PILOTS_MISSED_FOR_PATH_LOST + 0.5);

export type WebReceiverState = 'off' | 'registering' | 'connecting' | 'up' | 'lost' | 'refused';

/** A receiver in a page. Made by a press, because browsers let no page sound without one. */
export class WebReceiver {
  state = $state<WebReceiverState>('off');
  online = $state(false);
  blocked = $state(false);
  /** The browser lets it sound, and it stands still all the same. */
  stalled = $state(false);
  /** How the browser lets the page play; null before it is known. */
  access = $state<PagePlayout['access'] | null>(null);
  problem = $state.raw<Problem | null>(null);
  assignment = $state.raw<Assignment | null>(null);
  heard = $state.raw<readonly Sounding[]>([]);
  levelDbfs = $state<number | null>(null);
  stats = $state.raw<PageStats>(NO_STATS);
  /** PO31: what is ordered now, also while it moves; null while that is not known. */
  orderedMs = $state<number | null>(null);
  /** Where it plays beside the others, as far as it was measured; null before anything is known. */
  step = $state.raw<PageStep | null>(null);
  readonly #door: Doors;
  readonly #connect: typeof io | undefined;
  readonly #clock = new SteadyClock();
  #guessedOffsetMs: number | null = null;
  #records: PageRecords | null = null;
  #socket: ReceiverSocket | null = null;
  #context: AudioContext | null = null;
  #playout: PagePlayout | null = null;
  #path: BusPath | null = null;
  /** The path that is being replaced: it brings sound until the new one does. */
  #leaving: BusPath | null = null;
  #paths = 0;
  #ticker: Worker | null = null;
  #watch = new RenderWatch();
  #renewal: ReturnType<typeof setTimeout> | undefined;
  #pilotAt = 0;
  /** Since when this door brings no path. */
  #pathlessSince: number | null = null;
  #reportAt = 0;
  #told = '';

  /** A test plays the other end of `connect`. */
  constructor(doorUrls: readonly string[], connect?: typeof io) {
    this.#door = createDoors(doorUrls);
    this.#connect = connect;
  }

  start(settings: WebReceiverSettings): void {
    this.stop();
    this.state = 'registering';
    const context = new AudioContext({ sampleRate: RTP_RATE_HZ, latencyHint: 'interactive' });
    this.#context = context;
    void context.resume();
    void this.#open(context, settings);
  }

  stop(): void {
    clearTimeout(this.#renewal);
    this.#ticker?.terminate();
    this.#path?.close();
    this.#leaving?.close();
    this.#playout?.close();
    void this.#context?.close();
    this.#sayGoodBye();
    this.#ticker = this.#socket = this.#path = this.#leaving = this.#playout = this.#context = this.#records = null;
    this.#paths += 1;
    this.assignment = this.problem = this.levelDbfs = this.access = null;
    this.heard = [];
    this.stats = NO_STATS;
    this.orderedMs = null;
    this.step = null;
    this.#watch = new RenderWatch();
    this.online = this.stalled = false;
    this.state = 'off';
  }

  /** Any press on the page lets the sound out where the browser held it back. */
  unblock(): void {
    void this.#context?.resume();
  }

  kick(): void {
    this.#path?.kick();
  }

  async #open(context: AudioContext, settings: WebReceiverSettings): Promise<void> {
    if (!(await this.#openPlayout(context))) return;
    const receiverId = receiverIdSchema.parse(settings.receiverId);
    this.#records = new PageRecords(receiverId, randomKey);
    const { name, zone } = settings;
    const registration = { receiverId, name, kind: 'browser', zone, softwareVersion: SOFTWARE_VERSION } as const;
    const handlers: ReceiverSocketHandlers = {
      onAssigned: (assignment) => this.#assign(assignment),
      onSettings: (change) => this.#configure(change),
      onPathClosed: (pathId) => this.#onPathClosed(pathId),
      onOnline: (online) => (this.online = online),
      onRefused: (problem) => {
        this.problem = problem;
        // Sound that comes in goes on.
        if (this.state !== 'up') this.state = 'refused';
      },
    };
    this.#socket = new ReceiverSocket(this.#door, registration, this.#clock, handlers, this.#connect);
    // A worker's timer is not slowed down while the page is in the background.
    this.#ticker = new Ticker();
    this.#ticker.onmessage = () => this.#tick();
  }

  /** Answers false if the receiver was stopped, or started anew, meanwhile. */
  async #openPlayout(context: AudioContext): Promise<boolean> {
    const playout = await openPlayout(context, settingsOf(this.assignment), {
      onPilot: () => {
        this.#pilotAt = steadyNow();
        if (this.state === 'lost') this.state = 'up';
      },
      onProgress: (progress) => this.#onProgress(progress),
      onFailed: () => {
        if (playout === this.#playout) this.#renewPlayout(context);
      },
    });
    if (context !== this.#context) {
      playout.close();
      return false;
    }
    this.#playout = playout;
    this.access = playout.access;
    return true;
  }

  /** Nobody sits beside this page: a renderer that threw is replaced, with a path of its own. */
  #renewPlayout(context: AudioContext): void {
    this.#watch.fail();
    clearTimeout(this.#renewal);
    this.#renewal = setTimeout(() => {
      this.#playout?.close();
      this.#playout = null;
      void this.#openPlayout(context).then((opened) => {
        if (opened && this.assignment) this.#join(this.assignment);
      });
    }, RENDERER_RETRY_MS);
  }

  #assign(assignment: Assignment): void {
    const old = this.assignment;
    this.assignment = assignment;
    this.#guessedOffsetMs ??= assignment.serverTimeMs - steadyNow();
    this.#playout?.configure(settingsOf(assignment));
    this.problem = null;
    // Another door has as much time for a path as the last one had.
    if (old?.whepUrl !== assignment.whepUrl) this.#pathlessSince = null;
    // After a reconnect the same place means the same path: sound goes on over it, unless it was refused to who was not registered yet.
    const same = old?.whepUrl === assignment.whepUrl && zonesOf(old) === zonesOf(assignment);
    if (!same || !this.#path || this.state === 'refused') this.#join(assignment);
  }

  /** PO22: the new path first, then the old one closes; packets of both are merged by their stamps. */
  #join(assignment: Assignment): void {
    const playout = this.#playout;
    if (!playout) return;
    this.#leaving?.close();
    this.#leaving = this.#path;
    // Where the browser decodes, there can be only one path at a time.
    if (playout.access === 'tracks') this.#closeLeaving();
    this.#paths += 1;
    const number = this.#paths;
    this.#path = new BusPath(this.#door, assignment, playout, (state) => {
      if (number === this.#paths) this.#onPath(state);
    });
  }

  #onPath(state: RtcState): void {
    if (state === 'connected') {
      this.#pilotAt = steadyNow();
      this.#closeLeaving();
      this.state = 'up';
    } else if (this.#leaving === null || state === 'refused') {
      this.state = state === 'refused' || state === 'lost' ? state : 'connecting';
    }
  }

  #closeLeaving(): void {
    this.#leaving?.close();
    this.#leaving = null;
  }

  #configure(change: ReceiverSettings): void {
    if (!this.assignment) return;
    this.assignment = { ...this.assignment, ...withoutUndefined(change) };
    this.#playout?.configure(settingsOf(this.assignment));
  }

  #onProgress({ sounding, rendered, levelDbfs, stats }: PlayoutProgress): void {
    const zoneId = this.assignment?.zoneId;
    this.#watch.progress(steadyNow());
    if (zoneId !== undefined) for (const part of rendered) this.#records?.note(part, zoneId);
    this.levelDbfs = levelDbfs;
    this.stats = stats;
    this.orderedMs = this.assignment && delayHeardAt(this.assignment, this.#serverNow());
    const behind = behindMs({ nowMs: this.#serverNow(), stats, assignment: this.assignment });
    this.step = pageStep(stats, this.#clock.estimate, behind);
    if (keyOf(sounding) !== keyOf(this.heard)) this.heard = sounding;
    this.#reportIfDue();
  }

  #tick(): void {
    const now = steadyNow();
    this.#playout?.tick(this.#offsetMs());
    this.blocked = this.#context?.state !== 'running';
    // Before the renderer can know the clock it has nothing to play.
    this.stalled = this.#watch.isStalled(now, !this.blocked && this.#offsetMs() !== null);
    if (this.stalled) this.levelDbfs = null;
    if ((this.blocked || this.stalled) && this.heard.length > 0) this.heard = [];
    if (this.state === 'up' && now - this.#pilotAt > PATH_LOST_MS) {
      // A connection that looks alive brings no pilots; what it may still bring is heard until the new one is there.
      this.#joinAnew();
    }
    this.#leaveIfStuck(now);
    this.#reportIfDue();
  }

  /** ND4: where no path comes about, another node may have one. */
  #leaveIfStuck(now: number): void {
    if (this.state === 'up' || !this.online) this.#pathlessSince = null;
    else this.#pathlessSince ??= now;
    if (this.#pathlessSince !== null && now - this.#pathlessSince > STUCK_MS) this.#socket?.moveOn();
  }

  /** PO22: a connection that is still being made is left to its own waiting times, and one that was left means nothing. */
  #onPathClosed(pathId: string): void {
    if (this.state === 'up' && this.#path?.pathId === pathId) this.#joinAnew();
  }

  #joinAnew(): void {
    this.state = 'lost';
    if (this.assignment) this.#join(this.assignment);
  }

  #reportIfDue(): void {
    const now = steadyNow();
    const isQuiet = (this.levelDbfs ?? SILENCE_DBFS) < QUIET_DBFS;
    const told = `${this.state} ${this.blocked} ${this.stalled} ${keyOf(this.heard)} ${isQuiet}`;
    if (!this.online || (told === this.#told && now - this.#reportAt < REPORT_MS)) return;
    this.#told = told;
    this.#reportAt = now;
    const { state } = this;
    const report = pageReport({
      nowMs: this.#serverNow(),
      path: state === 'up' || state === 'lost' ? state : 'connecting',
      running: !this.blocked,
      stalled: this.stalled,
      sounding: this.heard,
      levelDbfs: this.levelDbfs,
      assignment: this.assignment,
      stats: this.stats,
      clock: this.#clock.estimate,
    });
    void this.#socket?.report(report);
    void this.#sendRecords();
  }

  async #sendRecords(): Promise<void> {
    const records = this.#records;
    const due = records?.due(this.#serverNow()) ?? [];
    if (!records || due.length === 0) return;
    const answer = await this.#socket?.records(due);
    if (answer?.ok) records.stored(answer.value.stored, due);
  }

  /** Closes what was recorded before the control connection goes. */
  #sayGoodBye(): void {
    const socket = this.#socket;
    const last = this.#records?.last(this.#serverNow()) ?? [];
    if (last.length === 0) socket?.close();
    else void socket?.records(last).finally(() => socket.close());
  }

  #offsetMs(): number | null {
    return this.#clock.offsetMs ?? this.#guessedOffsetMs;
  }

  #serverNow(): number {
    return steadyNow() + (this.#offsetMs() ?? 0);
  }
}

function settingsOf(assignment: Assignment | null): PlayoutSettings {
  return {
    playoutDelayMs: assignment?.playoutDelayMs ?? LONE_DELAY_MS,
    delayMove: assignment?.delayMove ?? null,
    volume: assignment?.volume ?? 100,
    emergencyVolume: assignment?.emergencyVolume ?? 100,
    muted: assignment?.muted ?? false,
  };
}

function keyOf(sounding: readonly Sounding[]): string {
  return sounding.map(({ tag, role }) => `${tag}${role}`).join();
}

function zonesOf(assignment: Assignment): string {
  return assignment.path.map((step) => step.zoneId).join();
}

function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

import { createDoor, type Door } from '#lib/live/door.ts';
import { randomKey } from '#lib/live/ids.ts';
import { SteadyClock, steadyNow } from '#lib/live/steady-clock.ts';
import { listenerGain } from '@loa/shared/playout/gain';
import type { Problem } from '@loa/shared/protocol/errors';
import { PILOT_INTERVAL_MS, PILOTS_MISSED_FOR_PATH_LOST } from '@loa/shared/protocol/limits';
import { pilotSchema } from '@loa/shared/protocol/pilot';
import { receiverIdSchema, type Assignment, type ReceiverReport } from '@loa/shared/protocol/receivers';
import { BusMixer } from './bus-mixer.ts';
import type { BusMessage } from './bus-messages.ts';
import { BusPath } from './bus-path.ts';
import { PageRecords } from './page-records.ts';
import { NO_STATS, type PathStats } from './path-stats.ts';
import { busGains, PresenceTable, type Heard } from './presence-table.ts';
import { ReceiverSocket } from './receiver-socket.ts';
import type { WebReceiverSettings } from './receiver-settings.ts';
import Ticker from './ticker.worker.ts?worker';

const REPORT_MS = 2_000;
const STATS_MS = 1_000;
const SOFTWARE_VERSION = 'web-0.1.0';
/** Three missed pilots, and half an interval for those that are only late. */
const PATH_LOST_MS = PILOT_INTERVAL_MS * (PILOTS_MISSED_FOR_PATH_LOST + 0.5);

export type WebReceiverState = 'off' | 'registering' | 'connecting' | 'up' | 'lost' | 'refused';

/** A receiver in a page. Made by a press, because browsers let no page sound without one. */
export class WebReceiver {
  state = $state<WebReceiverState>('off');
  online = $state(false);
  blocked = $state(false);
  problem = $state.raw<Problem | null>(null);
  assignment = $state.raw<Assignment | null>(null);
  heard = $state.raw<readonly Heard[]>([]);
  levelDbfs = $state<number | null>(null);
  stats = $state.raw<PathStats>(NO_STATS);
  delayMs = $state<number | null>(null);
  readonly #door: Door;
  readonly #clock = new SteadyClock();
  readonly #presence = new PresenceTable();
  readonly #firstSound = new Map<number, number>();
  #records: PageRecords | null = null;
  #socket: ReceiverSocket | null = null;
  #path: BusPath | null = null;
  #mixer: BusMixer | null = null;
  #ticker: Worker | null = null;
  #pilotAt = 0;
  #tickAt = 0;
  #statsAt = 0;
  #reportAt = 0;
  #told = '';

  constructor(doorUrl: string) {
    this.#door = createDoor(doorUrl);
  }

  start(settings: WebReceiverSettings): void {
    this.stop();
    this.state = 'registering';
    const receiverId = receiverIdSchema.parse(settings.receiverId);
    this.#records = new PageRecords(receiverId, randomKey);
    this.#mixer = new BusMixer();
    void this.#mixer.resume();
    const registration = {
      receiverId,
      name: settings.name,
      kind: 'browser',
      zone: settings.zone,
      softwareVersion: SOFTWARE_VERSION,
    } as const;
    this.#socket = new ReceiverSocket(this.#door, registration, this.#clock, {
      onAssigned: (assignment) => this.#assign(assignment),
      onSettings: (change) => {
        if (this.assignment) this.assignment = { ...this.assignment, ...withoutUndefined(change) };
      },
      onOnline: (online) => (this.online = online),
      onRefused: (problem) => {
        this.problem = problem;
        this.state = 'refused';
      },
    });
    // A worker's timer is not slowed down while the page is in the background.
    this.#ticker = new Ticker();
    this.#ticker.onmessage = () => this.#tick();
  }

  stop(): void {
    this.#ticker?.terminate();
    this.#socket?.close();
    this.#path?.close();
    this.#mixer?.close();
    this.#ticker = this.#socket = this.#path = this.#mixer = null;
    this.assignment = null;
    this.problem = null;
    this.heard = [];
    this.state = 'off';
  }

  /** Any press on the page lets the sound out where the browser held it back. */
  unblock(): void {
    void this.#mixer?.resume();
  }

  kick(): void {
    this.#path?.kick();
  }

  #assign(assignment: Assignment): void {
    const old = this.assignment;
    this.assignment = assignment;
    // After a reconnect the same place means the same path: sound goes on over it.
    const same = old?.whepUrl === assignment.whepUrl && zonesOf(old) === zonesOf(assignment);
    if (same && this.#path) return;
    this.#path?.close();
    this.state = 'connecting';
    this.#path = new BusPath(this.#door, assignment, {
      onState: (state) => {
        if (state === 'connected') this.#pilotAt = steadyNow();
        this.state =
          state === 'connected' ? 'up' : state === 'refused' ? 'refused' : state === 'lost' ? 'lost' : 'connecting';
      },
      onTracks: (tracks) => this.#mixer?.connect(tracks),
      onMessage: (message) => this.#onMessage(message),
    });
  }

  #onMessage(message: BusMessage): void {
    if (message.type === 'frames') {
      this.#presence.note(message.bus, message.csrc, steadyNow());
      this.#tick();
      return;
    }
    const parsed = pilotSchema.safeParse(parseJson(message.payload));
    if (!parsed.success) return;
    this.#pilotAt = steadyNow();
    if (this.state === 'lost') this.state = 'up';
  }

  #tick(): void {
    const { assignment } = this;
    const mixer = this.#mixer;
    if (!mixer || !assignment) return;
    const now = steadyNow();
    this.blocked = !mixer.running;
    if (this.state === 'up' && now - this.#pilotAt > PATH_LOST_MS) {
      this.state = 'lost';
      this.kick();
    }
    const heard = this.#presence.heard(now);
    mixer.setGains(busGains(heard, assignment.path.length));
    mixer.setVolume(listenerGain(assignment, heard[0]?.rank ?? 0));
    this.#noteRendered(heard, now);
    if (
      heard.map((one) => `${one.tag}${one.role}`).join() !== this.heard.map((one) => `${one.tag}${one.role}`).join()
    ) {
      this.heard = heard;
    }
    if (now - this.#statsAt >= STATS_MS) {
      this.#statsAt = now;
      void this.#readStats();
    }
    const told = `${this.state} ${mixer.running} ${this.heard.map((one) => `${one.tag}${one.role}`).join()}`;
    if (this.online && (told !== this.#told || now - this.#reportAt >= REPORT_MS)) {
      this.#told = told;
      this.#reportAt = now;
      void this.#socket?.report(this.#report(mixer.running));
      void this.#sendRecords();
    }
  }

  #noteRendered(heard: readonly Heard[], now: number): void {
    const lengthMs = now - this.#tickAt;
    this.#tickAt = now;
    const tags = new Set(heard.map((one) => one.tag));
    for (const tag of this.#firstSound.keys()) if (!tags.has(tag)) this.#firstSound.delete(tag);
    if (this.blocked || lengthMs <= 0 || lengthMs > REPORT_MS) return;
    // What arrives now comes out of the loudspeaker this much later.
    const outMs = this.#clock.now() + (this.delayMs ?? this.assignment?.playoutDelayMs ?? 0);
    const zoneId = this.assignment?.zoneId;
    for (const one of heard) {
      const isNew = !this.#firstSound.has(one.tag);
      if (isNew) this.#firstSound.set(one.tag, outMs);
      if (zoneId === undefined) continue;
      this.#records?.note({
        ...one,
        zoneId,
        fromMs: isNew ? outMs : outMs - lengthMs,
        untilMs: outMs,
        concealedMs: 0,
        lostPackets: 0,
        levelDbfs: this.levelDbfs,
      });
    }
  }

  async #readStats(): Promise<void> {
    const mixer = this.#mixer;
    const stats = await this.#path?.stats();
    if (!mixer || !stats) return;
    const lost = Math.max(0, stats.lostPackets - this.stats.lostPackets);
    const concealedMs = Math.max(0, stats.concealedMs - this.stats.concealedMs);
    const main = this.heard[0];
    const server = this.#clock.now();
    // Losses are counted to what was heard most; the time was counted with the ticks.
    if (main && this.assignment && (lost > 0 || concealedMs > 0)) {
      this.#records?.note({
        ...main,
        zoneId: this.assignment.zoneId,
        fromMs: server,
        untilMs: server,
        concealedMs,
        lostPackets: lost,
        levelDbfs: null,
      });
    }
    this.stats = stats;
    this.levelDbfs = mixer.levelDbfs();
    this.delayMs = stats.bufferMs === null ? null : Math.round(stats.bufferMs + mixer.outputLatencyMs);
  }

  async #sendRecords(): Promise<void> {
    const due = this.#records?.due(this.#clock.now()) ?? [];
    if (due.length === 0) return;
    const answer = await this.#socket?.records(due);
    if (answer?.ok) this.#records?.stored(answer.value.stored, due);
  }

  #report(running: boolean): ReceiverReport {
    const { assignment, stats } = this;
    const estimate = this.#clock.estimate;
    return {
      at: this.#clock.now(),
      path: this.state === 'up' ? 'up' : this.state === 'lost' ? 'lost' : 'connecting',
      // While the browser holds the sound back nothing comes out, whatever arrives.
      sounding: running
        ? this.heard.map(({ tag, rank, role }) => ({
            tag,
            rank,
            role,
            firstSoundAt: this.#firstSound.get(tag) ?? this.#clock.now(),
          }))
        : [],
      levelDbfs: this.levelDbfs,
      volume: assignment?.volume ?? 0,
      muted: assignment?.muted ?? false,
      packets: stats.packets,
      lostPackets: stats.lostPackets,
      concealedMs: Math.round(stats.concealedMs),
      lateMs: 0,
      jitterMs: stats.jitterMs,
      clockOffsetMs: estimate === null ? null : -estimate.offsetMs,
      clockErrorMs: estimate?.errorMs ?? null,
      sink: 'browser',
      problem: running ? null : 'the browser blocks sound until the page is pressed',
    };
  }
}

function zonesOf(assignment: Assignment): string {
  return assignment.path.map((step) => step.zoneId).join();
}

function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

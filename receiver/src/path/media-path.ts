import { isGivenUp, STUCK_MS } from '@loa/shared/nodes/path-patience';
import { reconnectDelayMs } from '@loa/shared/nodes/reconnect-policy';
import type { Assignment, ReceiverReport } from '@loa/shared/protocol/receivers';
import { PILOT_INTERVAL_MS } from '@loa/shared/protocol/limits';
import { err } from '@loa/shared/result';
import type { Logger } from 'pino';
import { localNow } from '../session/server-clock.ts';
import type { Arrival } from './arrival.ts';
import type { MediaAccess } from './media-access.ts';
import { isCutOff, isPathLost, PILOT_GRACE_MS } from './pilot-watch.ts';
import type { JoinFailure } from './whep-exchange.ts';
import { joinWhep, type WhepRequest, type WhepSession } from './whep-session.ts';

/** Name of the control bus in the answer. */
export const CONTROL_BUS = 'control';
const WATCH_INTERVAL_MS = 100;
/** A path that is connected brings a pilot within this time, in ms. */
const PROOF_MS = PILOT_INTERVAL_MS + PILOT_GRACE_MS;
/** The word that a session is gone may overtake the answer that names it: so many are remembered. */
const REMEMBERED_CLOSED = 8;

export type PathState = ReceiverReport['path'];

export interface MediaPathOptions {
  readonly token: string;
  readonly log: Logger;
  readonly access: MediaAccess;
  readonly ipv6: boolean;
  /** PO41: the number of the next join; all paths of a receiver count together, so that what they bring is told apart. */
  nextSession(): number;
  /** How long to wait before the next attempt after so many failures; `reconnectDelayMs` unless said otherwise. */
  readonly retryDelayMs?: (failures: number, chance: number) => number;
  /** A path on which nothing but emergencies comes, in pieces: pilots alone say whether it is there, not PO25. */
  readonly pilotsOnly?: boolean;
  /** Joins; somebody who runs many receivers lets them wait for each other here. */
  readonly join?: (request: WhepRequest) => ReturnType<typeof joinWhep>;
  /** Whether what came on the control bus is a pilot. */
  isPilot(arrival: Arrival): boolean;
  /** A packet of the bus of this zone; `session` is the number of its join, because sequence numbers begin anew with each. */
  onPacket(zoneId: string, session: number, arrival: Arrival): void;
  /** The connection of this number was closed: nothing more comes over it. */
  onLeft(session: number): void;
  /** The first pilot came over a connection to this address. */
  onProven?(whepUrl: string): void;
  onState(state: PathState): void;
  /** ND50: when something came last over a path to another node (own time in ms); null: there is none that works. */
  readonly witnessHeardAtMs?: () => number | null;
  /** The path was lost and does not come back at once; `isStill`: whether that is so at a later moment. Left out by who knows of no other node. */
  onStuck?(isStill: () => boolean): void;
}

interface Link {
  readonly session: WhepSession;
  readonly number: number;
  /** Where it was joined. */
  readonly whepUrl: string;
}

/** The join that is under way. */
interface Attempt {
  readonly giveUp: AbortController;
  /** Null until the door has answered. */
  pathId: string | null;
}

/**
 * Keeps one media connection to the assigned buses. It is judged by pilots; when they stay away, the server says that it is
 * gone, or the assignment changes, a new connection is made first. The old one is closed when the new one has brought a pilot: until then both bring sound, and
 * equal stamps make one of it. PO22: one join at a time.
 */
export class MediaPath {
  readonly #options: MediaPathOptions;
  readonly #closing = new AbortController();
  #assignment: Assignment | null = null;
  #link: Link | null = null;
  /** The connection that is being replaced. */
  #leaving: Link | null = null;
  /** The newest connection that brought a pilot. */
  #proven = 0;
  /** Number of the newest join. */
  #newest = 0;
  #failures = 0;
  #joining: Promise<void> | null = null;
  #attempt: Attempt | null = null;
  #closed: string[] = [];
  #wanted = false;
  #retry: NodeJS.Timeout | null = null;
  #watch: NodeJS.Timeout | null = null;
  #lastPilotAt = 0;
  /** Of anything over the newest connection. */
  #lastHeardAt = Number.NEGATIVE_INFINITY;
  /** Arrival of the last packet of a bus; null when it was marked as the last one for now. */
  #lastSoundAt: number | null = null;
  /** Seen once: a process that stood still itself has not read yet what has come meanwhile. */
  #quiet = false;
  #stuck: NodeJS.Timeout | null = null;
  /** ND51: since the path was lost its node has said something: that it is gone, the answer to a join, or a packet. */
  #spoken = false;
  #state: PathState = 'connecting';

  constructor(options: MediaPathOptions) {
    this.#options = options;
  }

  get state(): PathState {
    return this.#state;
  }

  /** When something came over it last, own time in ms; null while it is not up. */
  get heardAtMs(): number | null {
    return this.#state === 'up' ? this.#lastHeardAt : null;
  }

  /** Joins the buses of this assignment, unless it is on them already. */
  follow(assignment: Assignment): void {
    const before = this.#assignment;
    this.#assignment = assignment;
    this.#watch ??= setInterval(() => this.#look(), WATCH_INTERVAL_MS);
    const sameNode = before === null || before.whepUrl === assignment.whepUrl;
    if (!sameNode) this.#turnToAnotherNode();
    if (before === null || !sameNode || busesOf(before).join() !== busesOf(assignment).join()) this.#rejoin();
  }

  /** The server says that this session is gone; only the present one, and the one that is being joined, mean anything. */
  noteClosed(pathId: string): void {
    this.#closed = [...this.#closed, pathId].slice(-REMEMBERED_CLOSED);
    if (this.#attempt?.pathId === pathId) this.#attempt.giveUp.abort();
    if (this.#link?.session.pathId !== pathId) return;
    this.#options.log.warn({ pathId, join: this.#link.number }, 'the server closed the media path');
    this.#lose(true);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    if (this.#watch) clearInterval(this.#watch);
    if (this.#retry) clearTimeout(this.#retry);
    if (this.#stuck) clearTimeout(this.#stuck);
    await this.#joining;
    await Promise.all([this.#end(this.#link), this.#end(this.#leaving)]);
    this.#link = this.#leaving = null;
  }

  /** What failed at the node before says nothing about this one. */
  #turnToAnotherNode(): void {
    this.#failures = 0;
    this.#attempt?.giveUp.abort();
    if (this.#retry) clearTimeout(this.#retry);
    this.#retry = null;
    if (this.#stuck) {
      clearTimeout(this.#stuck);
      this.#stuck = this.#sayStuckAfter(STUCK_MS);
    }
  }

  #setState(state: PathState): void {
    if (state === 'up' && this.#stuck) {
      clearTimeout(this.#stuck);
      this.#stuck = null;
    }
    if (state === this.#state) return;
    this.#state = state;
    this.#options.log.info({ path: state }, `media path ${state}`);
    this.#options.onState(state);
  }

  #look(): void {
    if (this.#link === null || this.#joining !== null || this.#retry !== null) return;
    const wasQuiet = this.#quiet;
    this.#quiet = !this.#options.pilotsOnly && isCutOff(this.#lastSoundAt, this.#lastPilotAt, localNow());
    if ((this.#quiet && wasQuiet) || isPathLost(this.#lastPilotAt, localNow())) this.#lose(false);
  }

  /** The first new connection is made at once; if that one brings no pilot either, waiting times grow. */
  #lose(wasSaid: boolean): void {
    if (this.#closing.signal.aborted) return;
    this.#setState('lost');
    this.#lastSoundAt = null;
    this.#spoken = wasSaid;
    this.#stuck ??= wasSaid ? this.#sayStuckAfter(STUCK_MS) : this.#waitForWord(localNow(), 0);
    // A new connection is being made already.
    if (this.#attempt !== null) return;
    this.#failures += 1;
    if (this.#failures === 1) this.#rejoin();
    else this.#retryLater();
  }

  #sayStuckAfter(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#stuck = null;
      this.#options.onStuck?.(() => this.#state !== 'up');
    }, ms);
  }

  /** ND50, ND51: nobody has said anything. A node that does so after all has the time of one that works. */
  #waitForWord(lostAtMs: number, ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      const now = localNow();
      const secondHeardAtMs = this.#options.witnessHeardAtMs?.() ?? null;
      if (this.#spoken) {
        this.#stuck = this.#sayStuckAfter(lostAtMs + STUCK_MS - now);
      } else if (isGivenUp({ heardAtMs: this.#lastHeardAt, lostAtMs, secondHeardAtMs }, now)) {
        this.#stuck = null;
        this.#options.onStuck?.(() => !this.#spoken);
      } else {
        this.#stuck = this.#waitForWord(lostAtMs, WATCH_INTERVAL_MS);
      }
    }, ms);
  }

  /** Begins a join, or notes that another one is to follow the one that is under way. */
  #rejoin(): void {
    if (this.#closing.signal.aborted) return;
    this.#wanted = true;
    if (this.#joining !== null || this.#retry !== null) return;
    this.#joining = this.#join().finally(() => {
      this.#joining = null;
      if (this.#wanted) this.#retryLater();
    });
  }

  #retryLater(): void {
    if (this.#closing.signal.aborted || this.#retry !== null) return;
    const delayMs = this.#options.retryDelayMs ?? reconnectDelayMs;
    const delay = this.#failures === 0 ? 0 : delayMs(this.#failures, Math.random());
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.#rejoin();
    }, delay);
  }

  async #join(): Promise<void> {
    const assignment = this.#assignment;
    if (assignment === null) return;
    this.#wanted = false;
    const number = (this.#newest = this.#options.nextSession());
    const attempt: Attempt = { giveUp: new AbortController(), pathId: null };
    this.#attempt = attempt;
    const { whepUrl } = assignment;
    const request: WhepRequest = {
      whepUrl,
      token: this.#options.token,
      buses: busesOf(assignment),
      signal: AbortSignal.any([this.#closing.signal, attempt.giveUp.signal]),
      access: this.#options.access,
      ipv6: this.#options.ipv6,
      onArrival: (bus, arrival) => this.#receive(bus, { number, whepUrl }, arrival),
      onAnswered: (pathId) => {
        attempt.pathId = pathId;
        this.#spoken = true;
        if (this.#closed.includes(pathId)) attempt.giveUp.abort();
      },
      onDown: (state) => {
        if (this.#link?.number !== number) return;
        this.#options.log.debug({ state }, 'media connection went down');
        this.#lose(state === 'closed');
      },
    };
    const result = await (this.#options.join ?? joinWhep)(request).catch((error: unknown) =>
      err<JoinFailure>({ reason: 'not-connected', detail: String(error) }),
    );
    this.#attempt = null;
    if (!result.ok) {
      this.#wanted = true;
      if (this.#assignment?.whepUrl !== whepUrl) return;
      this.#failures += 1;
      const isStuck = () => this.#state !== 'up' || isBusy(result.error);
      if (isStuck()) this.#options.onStuck?.(isStuck);
      if (!this.#closing.signal.aborted)
        this.#options.log.warn({ ...result.error, failures: this.#failures }, 'join failed');
      return;
    }
    const old = this.#link;
    this.#link = { session: result.value, number, whepUrl };
    this.#lastPilotAt = localNow();
    this.#lastSoundAt = null;
    if (this.#stuck) {
      clearTimeout(this.#stuck);
      this.#stuck = this.#sayStuckAfter(PROOF_MS);
    }
    this.#options.log.info({ join: number, buses: assignment.path.length }, 'joined');
    await this.#replace(old);
  }

  /** Of the connections before the new one, the one that last brought a pilot is kept until the new one does. */
  async #replace(old: Link | null): Promise<void> {
    if (old === null) return;
    const keepsOld = this.#leaving === null || old.number <= this.#proven;
    const givenUp = keepsOld ? this.#leaving : old;
    if (keepsOld) this.#leaving = old;
    await this.#end(givenUp);
    if (this.#link !== null && this.#proven >= this.#link.number) await this.#closeLeaving();
  }

  async #closeLeaving(): Promise<void> {
    const leaving = this.#leaving;
    this.#leaving = null;
    if (leaving === null) return;
    this.#options.log.info({ join: leaving.number }, 'left the old path');
    await this.#end(leaving);
  }

  async #end(link: Link | null): Promise<void> {
    if (link === null) return;
    await link.session.close();
    this.#options.onLeft(link.number);
  }

  #receive(bus: string, { number, whepUrl }: Omit<Link, 'session'>, arrival: Arrival): void {
    const replaced = this.#link !== null && number < this.#link.number;
    if (!replaced) {
      this.#lastHeardAt = localNow();
      this.#spoken = true;
    }
    if (bus !== CONTROL_BUS) {
      if (!replaced) this.#lastSoundAt = arrival.marker ? null : localNow();
      if (!replaced || this.#isAssigned(bus)) this.#options.onPacket(bus, number, arrival);
      return;
    }
    // A pilot over the connection that is being replaced says nothing about the new one.
    if (replaced || !this.#options.isPilot(arrival)) return;
    const isFirst = number > this.#proven;
    if (isFirst) this.#proven = number;
    if (number === this.#link?.number && this.#leaving !== null) void this.#closeLeaving();
    this.#lastPilotAt = localNow();
    // While the newest join fails, its waiting times grow, whatever an older connection still brings.
    if (number === this.#newest) this.#failures = 0;
    this.#setState('up');
    if (isFirst) this.#options.onProven?.(whepUrl);
  }

  /** What still comes over an old connection counts only where the receiver still belongs. */
  #isAssigned(bus: string): boolean {
    return this.#assignment?.path.some(({ zoneId }) => zoneId === bus) ?? false;
  }
}

/** The node has as many listeners as it can serve. */
function isBusy({ status }: JoinFailure): boolean {
  return status === 429;
}

function busesOf(assignment: Assignment): string[] {
  return [CONTROL_BUS, ...assignment.path.map((zone) => zone.zoneId as string)];
}

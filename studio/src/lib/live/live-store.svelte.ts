import type { Problem } from '@loa/shared/protocol/errors';
import { snapshotSchema, type BroadcastView, type Snapshot } from '@loa/shared/protocol/live';
import { clockAnswerSchema, type Tally } from '@loa/shared/protocol/receivers';
import { zoneSchema } from '@loa/shared/zones/zone';
import { buildZoneTree, type ZoneTree } from '@loa/shared/zones/zone-tree';
import { createContext } from 'svelte';
import { z } from 'zod';
import type { Doors } from './doors.svelte.ts';
import { applyChange, audienceKey, EMPTY_PICTURE, fromSnapshot, isReportOnly, type LivePicture } from './picture.ts';
import { SteadyClock, steadyNow } from './steady-clock.ts';
import { StudioSocket, type Requests, type StudioSocketHandlers } from './studio-socket.ts';

const zonesAnswerSchema = z.object({ zones: z.array(zoneSchema), treeVersion: z.string() });
const ZONES_RETRY_MS = 2_000;
const CLOCK_PROBES = 5;
const CLOCK_INTERVAL_MS = 30_000;
const CLOCK_TICK_MS = 250;
const REPORT_REDRAW_MS = 200;
/**
 * The door's heartbeat comes every 2 s. After this much silence what the page shows is no longer known to be so, though the connection
 * is given up later: a phone between two cells comes back to the same one.
 */
const SILENCE_MS = 3_000;

/** What a page's connection to the door can do. */
type Connection = Pick<StudioSocket, 'request' | 'move' | 'close'>;

const connectTo = (door: Doors, name: string, handlers: StudioSocketHandlers): Connection =>
  new StudioSocket(door, name, handlers);

export type LinkState = 'connecting' | 'connected' | 'lost';

/**
 * The live picture of a page: one socket, its state in runes. Made in the root layout and given by context; nothing lives
 * at module level, so pages rendered on the server share nothing.
 */
export class LiveStore {
  /** The door in use. */
  readonly door: Doors;
  link = $state<LinkState>('connecting');
  /** Connected, but nothing has come from the door for longer than its heartbeat allows. */
  silent = $state(false);
  /** The door is heard: what the page shows is so. */
  readonly heard = $derived(this.link === 'connected' && !this.silent);
  /** What a page says of its connection: one on which nothing is heard is as good as lost. */
  readonly standing = $derived<LinkState>(this.link === 'connected' && this.silent ? 'lost' : this.link);
  picture = $state.raw<LivePicture>(EMPTY_PICTURE);
  zones = $state.raw<ZoneTree | null>(null);
  /** What the page itself lacks, such as the zones; shown on every page of the studio until it is mended. */
  problem = $state.raw<Problem | null>(null);
  /** Why the server does not let this page in, as far as that is known; null while it does, or is away. */
  refused = $state.raw<Problem | null>(null);
  /** Server time, refreshed a few times a second while the page is open. */
  nowMs = $state(0);
  readonly #clock = new SteadyClock();
  #latest: LivePicture = EMPTY_PICTURE;
  #redraw: ReturnType<typeof setTimeout> | undefined;
  #socket: Connection | null = null;
  #timers: ReturnType<typeof setInterval>[] = [];
  readonly #beforeSnapshot: (() => void)[] = [];
  #treeVersion = '';
  #heardAtMs = 0;
  #zonesRetry: ReturnType<typeof setTimeout> | undefined;

  // Parts of the picture of their own: what reads one of them is not woken by the reports of hundreds of receivers.
  readonly authority = $derived(this.picture.authority);
  readonly leave = $derived(this.picture.node.leave);
  readonly broadcasts = $derived(this.picture.broadcasts);
  readonly receivers = $derived(this.picture.receivers);
  readonly audience = $derived(audienceKey(this.receivers));
  readonly onAir = $derived(
    [...this.broadcasts.values()].filter((item) => item.phase !== 'ended').sort((a, b) => b.rank - a.rank),
  );

  constructor(door: Doors) {
    this.door = door;
  }

  /** Opens the connection; the caller closes. A test brings a connection of its own. */
  open(name: string, connect: typeof connectTo = connectTo): void {
    this.nowMs = this.serverNow();
    this.#socket = connect(this.door, name, {
      onConnected: (connected) => {
        if (connected) {
          this.problem = null;
          void this.#probeClock();
          void this.#loadZones();
        } else {
          this.link = 'lost';
        }
      },
      onHeard: () => this.#hear(),
      onSnapshot: (snapshot) => {
        this.#begin(snapshot);
        this.link = 'connected';
      },
      onChange: (change) => {
        this.#followTree(change.treeVersion);
        const applied = applyChange(this.#latest, change);
        if (change.node) this.door.learn(change.node.doors);
        if (applied.kind === 'applied') this.#show(applied.picture, isReportOnly(change));
        else if (applied.kind === 'gap') void this.#sync();
      },
      onProblem: (problem) => {
        this.problem = problem;
        if (this.link === 'connecting') this.link = 'lost';
      },
      onRefused: (problem) => (this.refused = problem),
    });
    this.#timers = [
      setInterval(() => this.#tick(), CLOCK_TICK_MS),
      setInterval(() => void this.#probeClock(), CLOCK_INTERVAL_MS),
    ];
  }

  close(): void {
    this.#socket?.close();
    this.#socket = null;
    clearTimeout(this.#zonesRetry);
    clearTimeout(this.#redraw);
    this.#redraw = undefined;
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
  }

  /** ND12: goes to another door, if there is one; until it is there this one is used. ND5: who is sent away goes where it is sent to. */
  moveOn(): void {
    this.#socket?.move(this.leave === null ? this.door.others : this.door.named);
  }

  /** The name goes with the handshake, so it needs a new connection; sound does not depend on it. */
  reconnectAs(name: string): void {
    if (this.#socket === null) return;
    this.close();
    this.link = 'connecting';
    this.open(name);
  }

  readonly request: Requests = (event, payload, data) => {
    if (this.#socket === null) {
      return Promise.resolve({ ok: false, error: { code: 'unavailable', message: 'the page is not connected' } });
    }
    return this.#socket.request(event, payload, data);
  };

  broadcast(id: string | null): BroadcastView | null {
    return id === null ? null : (this.broadcasts.get(id) ?? null);
  }

  tally(id: string | null): Tally | null {
    return id === null ? null : (this.picture.tallies.get(id) ?? null);
  }

  /** Takes over an answer that is newer than the next change frame, so that a press shows at once. */
  adopt(view: BroadcastView): void {
    const broadcasts = new Map(this.#latest.broadcasts).set(view.broadcastId, view);
    this.#show({ ...this.#latest, broadcasts }, false);
  }

  /** Called before a snapshot replaces the picture: what only changes tell, such as segments, is gone with the old one. */
  onSnapshot(listener: () => void): void {
    this.#beforeSnapshot.push(listener);
  }

  serverNow(): number {
    return this.#clock.now();
  }

  #hear(): void {
    this.#heardAtMs = steadyNow();
    this.silent = false;
  }

  #tick(): void {
    this.nowMs = this.serverNow();
    this.silent = this.link === 'connected' && steadyNow() - this.#heardAtMs > SILENCE_MS;
  }

  /** Reports of receivers may wait a little, so that many of them cost one redrawing. */
  #show(picture: LivePicture, mayWait: boolean): void {
    this.#latest = picture;
    if (mayWait) {
      this.#redraw ??= setTimeout(() => this.#show(this.#latest, false), REPORT_REDRAW_MS);
      return;
    }
    clearTimeout(this.#redraw);
    this.#redraw = undefined;
    this.picture = picture;
  }

  #begin(snapshot: Snapshot): void {
    for (const listener of this.#beforeSnapshot) listener();
    this.door.learn(snapshot.node.doors);
    this.#show(fromSnapshot(snapshot), false);
    this.problem = null;
    this.#followTree(snapshot.treeVersion);
  }

  async #sync(): Promise<void> {
    const answer = await this.request('live:sync', undefined, snapshotSchema);
    if (answer.ok) {
      this.#begin(answer.value);
    } else {
      this.problem = answer.error;
    }
  }

  #followTree(version: string | undefined): void {
    if (version !== undefined && version !== this.#treeVersion) void this.#loadZones();
  }

  async #loadZones(): Promise<void> {
    clearTimeout(this.#zonesRetry);
    const answer = await this.door.get('/zones', zonesAnswerSchema);
    const built = answer.ok ? buildZoneTree(answer.value.zones) : null;
    if (built?.ok) {
      this.zones = built.value;
      this.problem = null;
      this.#treeVersion = answer.ok ? answer.value.treeVersion : '';
      return;
    }
    this.problem = answer.ok
      ? { code: 'internal', message: `the zone tree is broken: ${JSON.stringify(built)}` }
      : answer.error;
    this.#zonesRetry = setTimeout(() => void this.#loadZones(), ZONES_RETRY_MS);
  }

  async #probeClock(): Promise<void> {
    for (let i = 0; i < CLOCK_PROBES; i += 1) {
      const sentAtMs = steadyNow();
      const answer = await this.request('clock:probe', { clientTimeMs: sentAtMs }, clockAnswerSchema);
      if (!answer.ok) break;
      this.#clock.note(sentAtMs, answer.value.serverTimeMs);
    }
  }
}

export const [getLive, setLive] = createContext<LiveStore>();

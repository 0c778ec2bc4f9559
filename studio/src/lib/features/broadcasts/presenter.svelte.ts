import type { Problem } from '@loa/shared/protocol/errors';
import { broadcastViewSchema, type BroadcastView, type StartRequest } from '@loa/shared/protocol/live';
import { createContext } from 'svelte';
import { z } from 'zod';
import type { Chime } from '../../audio/chime.ts';
import type { Microphone } from '../../audio/microphone.svelte.ts';
import { WhipLink } from '../../audio/whip-link.svelte.ts';
import { randomKey } from '../../live/ids.ts';
import type { LiveStore } from '../../live/live-store.svelte.ts';
import { airState, playPosition, remainingLifeMs } from './air-state.ts';
import { readKept, writeKept } from './kept-slot.ts';

/** What a press asks for; ids and keys are added here. A live source is this tab's microphone. */
export interface Wish {
  readonly title: string;
  readonly zones: readonly string[];
  readonly level: StartRequest['level'];
  readonly mode: StartRequest['mode'];
  readonly authority: number;
  readonly wait: boolean;
  readonly maxLifeMs?: number;
  readonly source:
    { readonly kind: 'live' } | { readonly kind: 'segment'; readonly segmentId: string; readonly durationMs: number };
  readonly chime: Chime | { readonly segmentId: string } | null;
}

/** An unanswered start is sent again with the same key, so a lost answer cannot make two broadcasts. */
const START_ATTEMPTS = 3;
const RETRY_MS = 800;
/** The server lists a source within its reporting interval; absent for longer, it does not know it any more. */
const SOURCE_FORGOTTEN_MS = 4_000;
const ATTACH_RETRY_MS = 1_000;
const ENDED_SEARCHED = 50;
const LONGEST_LIFE_MS = 24 * 3_600_000;
const endedSchema = z.object({ broadcasts: z.array(broadcastViewSchema) });

/**
 * One thing that this tab has on air (or had last): the desk has one and the emergency page has one. It lives in the root
 * layout, so walking through the studio does not end it.
 */
export class Presenter {
  readonly slot: string;
  readonly link: WhipLink;
  readonly #live: LiveStore;
  readonly #microphone: Microphone;
  broadcastId = $state<string | null>(null);
  pressed = $state(false);
  stopping = $state(false);
  /** Stopped by its presenter, who could not tell the server yet. */
  cut = $state(false);
  problem = $state.raw<Problem | null>(null);
  /** Until when the chime plays, in server time; the presenter speaks after it. */
  chimeUntilMs = $state(0);
  #attachedSource = '';
  #attaching = false;
  #searched = '';
  #attachAgainAt = 0;
  #unknownSince: number | null = null;

  readonly view: BroadcastView | null = $derived.by(() => this.#live.broadcast(this.broadcastId));
  readonly tally = $derived.by(() => this.#live.tally(this.broadcastId));
  readonly air = $derived.by(() =>
    airState({
      pressed: this.pressed,
      linked: this.#live.link === 'connected',
      cut: this.cut,
      view: this.view,
      tally: this.tally,
      zones: this.#live.zones,
      nowMs: this.#live.nowMs,
    }),
  );
  readonly running = $derived.by(() => this.pressed || (this.view !== null && this.view.phase !== 'ended'));
  readonly remainingMs = $derived.by(() => remainingLifeMs(this.view, this.#live.nowMs));
  readonly position = $derived.by(() => playPosition(this.view, this.#live.nowMs));

  constructor(slot: string, live: LiveStore, microphone: Microphone) {
    this.slot = slot;
    this.#live = live;
    this.#microphone = microphone;
    this.link = new WhipLink(live.door, () => slot);
  }

  /** After a reload: the broadcast that was running in this tab is taken up again. */
  restore(): void {
    const kept = readKept(sessionStorage, this.slot);
    if (kept === null) return;
    this.broadcastId = kept.broadcastId;
    if (kept.live) void this.arm();
  }

  /** Opens microphone and connection, so that a press needs nothing more. */
  async arm(): Promise<boolean> {
    if (!(await this.#microphone.open())) return false;
    const chain = this.#microphone.chain;
    if (chain) this.link.open(chain.track);
    return chain !== null;
  }

  /** Keeps the connection on the microphone's present track, and the running broadcast on the connection's source. */
  follow(): void {
    const track = this.#microphone.chain?.track;
    if (track && this.link.state !== 'off') this.link.open(track);
    const { view } = this;
    if (view === null && !this.pressed) void this.#findEnd();
    if (this.cut && this.#live.link === 'connected') {
      if (view === null || view.phase === 'ended') void this.#uncut();
      else void this.stop();
    }
    if (view?.phase === 'ended') writeKept(sessionStorage, this.slot, null);
    if (!view || view.phase === 'ended' || view.source.kind !== 'live' || this.#live.link !== 'connected') return;
    const sourceId = this.link.sourceId;
    if (this.link.connected && sourceId !== null && view.source.sourceId !== sourceId)
      void this.#attach(view, sourceId);
  }

  /** Called once a second: a source that the server has forgotten is made anew. */
  watchSource(): void {
    const known = this.link.sourceId !== null && this.#live.picture.sources.has(this.link.sourceId);
    if (known || !this.link.connected || this.#live.link !== 'connected') {
      this.#unknownSince = null;
      return;
    }
    this.#unknownSince ??= Date.now();
    if (Date.now() - this.#unknownSince > SOURCE_FORGOTTEN_MS) {
      this.#unknownSince = null;
      this.link.renew();
    }
  }

  async start(wish: Wish): Promise<void> {
    if (this.running) return;
    this.pressed = true;
    this.problem = null;
    this.stopping = false;
    const source = await this.#sourceOf(wish);
    if (source === null) {
      this.pressed = false;
      this.problem = { code: 'unavailable', message: 'the microphone is not connected' };
      return;
    }
    const { chime, source: _, ...rest } = wish;
    const request: StartRequest = { ...rest, zones: [...rest.zones], source, id: randomKey(), key: randomKey() };
    // Remembered before it is sent: a reload in between finds the broadcast again.
    writeKept(sessionStorage, this.slot, { broadcastId: request.id, live: source.kind === 'live' });
    const answer = await this.#send(request);
    this.pressed = false;
    if (!answer.ok) {
      writeKept(sessionStorage, this.slot, null);
      this.problem = answer.error;
      return;
    }
    this.#live.adopt(answer.value);
    this.broadcastId = answer.value.broadcastId;
    if (chime && answer.value.phase === 'on-air' && source.kind === 'live') await this.#playChime(chime);
  }

  /** Ends the broadcast. Without a connection the microphone is cut at once and the server is told as soon as it can be. */
  async stop(): Promise<void> {
    if (this.broadcastId === null || this.view?.phase === 'ended' || this.stopping) return;
    this.stopping = true;
    const answer = await this.#live.request('broadcast:stop', { broadcastId: this.broadcastId }, z.null());
    this.stopping = false;
    if (answer.ok) {
      writeKept(sessionStorage, this.slot, null);
      if (this.cut) await this.#uncut();
    } else if (answer.error.code === 'unavailable') {
      this.cut = true;
      this.link.close();
    } else {
      this.cut = false;
      this.problem = answer.error;
    }
  }

  pause(): Promise<void> {
    return this.#command('broadcast:pause', {});
  }

  unpause(): Promise<void> {
    return this.#command('broadcast:unpause', {});
  }

  /** Adds to the life that is left; the protocol counts from now. */
  extend(moreMs: number): Promise<void> {
    const lifeMs = Math.min(LONGEST_LIFE_MS, Math.round((this.remainingMs ?? 0) + moreMs));
    return this.#command('broadcast:extend', { lifeMs });
  }

  /** Puts the end of the last broadcast away. */
  clear(): void {
    if (this.running) return;
    this.broadcastId = null;
    this.problem = null;
    writeKept(sessionStorage, this.slot, null);
  }

  close(): void {
    this.link.close();
  }

  /** Ready for the next press again. */
  async #uncut(): Promise<void> {
    this.cut = false;
    await this.arm();
  }

  async #command(event: string, more: Record<string, unknown>): Promise<void> {
    if (this.broadcastId === null) return;
    const answer = await this.#live.request(event, { broadcastId: this.broadcastId, ...more }, z.null());
    this.problem = answer.ok ? null : answer.error;
  }

  async #sourceOf(wish: Wish): Promise<StartRequest['source'] | null> {
    if (wish.source.kind === 'segment') return wish.source;
    if (!(await this.arm())) return null;
    await this.#microphone.chain?.resume();
    const connected = await this.link.whenConnected();
    return connected && this.link.sourceId !== null ? { kind: 'live', sourceId: this.link.sourceId } : null;
  }

  async #send(request: StartRequest) {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#live.request('broadcast:start', request, broadcastViewSchema);
      if (answer.ok || answer.error.code !== 'unavailable' || attempt === START_ATTEMPTS) return answer;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  /** The server lists what is live; a broadcast that ended while this page was away is looked up, to say when and why. */
  async #findEnd(): Promise<void> {
    const id = this.broadcastId;
    if (id === null || this.#live.link !== 'connected' || this.#searched === id) return;
    this.#searched = id;
    const answer = await this.#live.door.get(`/broadcasts?state=ended&limit=${ENDED_SEARCHED}`, endedSchema);
    if (this.broadcastId !== id || this.view !== null) return;
    const ended = answer.ok ? answer.value.broadcasts.find((view) => view.broadcastId === id) : undefined;
    writeKept(sessionStorage, this.slot, null);
    if (ended) this.#live.adopt(ended);
    else this.broadcastId = null;
  }

  async #attach(view: BroadcastView, sourceId: string): Promise<void> {
    if (this.#attaching || this.#attachedSource === sourceId || Date.now() < this.#attachAgainAt) return;
    this.#attaching = true;
    const answer = await this.#live.request(
      'broadcast:attach',
      { broadcastId: view.broadcastId, sourceId },
      broadcastViewSchema,
    );
    this.#attaching = false;
    if (answer.ok) {
      this.#attachedSource = sourceId;
      this.#live.adopt(answer.value);
    } else {
      this.problem = answer.error;
      this.#attachAgainAt = Date.now() + ATTACH_RETRY_MS;
    }
  }

  async #playChime(chime: Chime | { readonly segmentId: string }): Promise<void> {
    const chain = this.#microphone.chain;
    if (!chain) return;
    const lengthMs =
      'segmentId' in chime
        ? await this.#live.door.audio(chime.segmentId).then((audio) => (audio.ok ? chain.chimeFrom(audio.value) : 0))
        : chain.chime(chime);
    this.chimeUntilMs = this.#live.serverNow() + lengthMs;
  }
}

export interface Presenters {
  readonly microphone: Microphone;
  readonly desk: Presenter;
  readonly emergency: Presenter;
}

export const [getPresenters, setPresenters] = createContext<Presenters>();

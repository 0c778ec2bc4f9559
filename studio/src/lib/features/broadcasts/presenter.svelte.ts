import type { Problem } from '@loa/shared/protocol/errors';
import { broadcastViewSchema, type BroadcastView, type StartRequest } from '@loa/shared/protocol/live';
import type { Result } from '@loa/shared/result';
import { z } from 'zod';
import type { Microphone } from '../../audio/microphone.svelte.ts';
import { WhipLink } from '../../audio/whip-link.svelte.ts';
import { randomKey } from '../../live/ids.ts';
import type { LiveStore } from '../../live/live-store.svelte.ts';
import { AbandonedStarts } from './abandoned-starts.ts';
import { airState, playPosition, remainingLifeMs } from './air-state.ts';
import { leadWithChime } from './chime-lead.ts';
import { readKept, writeKept, type KeptSlot } from './kept-slot.ts';
import { afterAttach, afterCommand, isSettled, type CommandName, type PresenterProblem } from './presenter-problem.ts';
import { isOver } from './refusal.ts';
import { SourceFollower } from './source-follower.ts';
import { mayBeOnAir, sendStart } from './start-command.ts';
import type { ChimeWish, Wish } from './wish.ts';

/** An answer takes a few hundredths of a second; whoever stops is not heard for longer than this. */
const STOP_PATIENCE_MS = 1_000;
const STOP_RETRY_MS = 1_000;
const LONGEST_LIFE_MS = 24 * 3_600_000;
const NOT_ANSWERED: Problem = { code: 'unavailable', message: 'the start was not answered' };

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
  /**
   * Its start was never answered. It may be on air, so its microphone is cut at once, and it stays cut when the broadcast is
   * found on the server: the voice never goes on air without its presenter knowing. It is not stopped by itself either,
   * because an emergency that was meant must not end for a lost answer. The presenter decides, or the server ends it when its
   * source has been away for too long. A segment has no microphone and simply goes on.
   */
  held = $state(false);
  problem = $state.raw<PresenterProblem | null>(null);
  /** What this tab would find again after a reload. */
  kept = $state.raw<KeptSlot | null>(null);
  /** Its microphone speaks elsewhere now: what it has on air goes on, in silence. */
  silenced = $state(false);
  /** Until when the chime plays, in server time; the presenter speaks after it. */
  chimeUntilMs = $state(0);
  #sentAtMs = $state<number | null>(null);
  #unanswered = NOT_ANSWERED;
  readonly #abandoned = new AbandonedStarts();
  readonly #source: SourceFollower;
  #lookingUp = false;
  /** Ended, as this page has seen: however long ago, nobody has to be asked what became of it. */
  #over: string | null = null;
  #stopAgainAt = 0;

  readonly view: BroadcastView | null = $derived.by(() => this.#live.broadcast(this.broadcastId));
  readonly tally = $derived.by(() => this.#live.tally(this.broadcastId));
  /** Whether it speaks from a microphone, as opposed to a stored segment. */
  readonly speaks = $derived.by(() =>
    this.view === null ? (this.kept?.live ?? false) : this.view.source.kind === 'live',
  );
  readonly air = $derived.by(() =>
    airState({
      pressed: this.pressed,
      sentAtMs: this.#sentAtMs,
      linked: this.#live.link === 'connected',
      cut: this.cut,
      held: this.held,
      live: this.speaks,
      kept: this.kept !== null,
      view: this.view,
      tally: this.tally,
      zones: this.#live.zones,
      nowMs: this.#live.nowMs,
    }),
  );
  readonly running = $derived.by(
    () => this.pressed || (this.view === null ? this.air.kind !== 'idle' : this.view.phase !== 'ended'),
  );
  /** Whether the one microphone of this tab is its own; not while it is cut or held, for then nothing of it is sent. */
  readonly takesMicrophone = $derived.by(() => this.running && this.speaks && !this.cut && !this.held);
  /** A press that was just made is not taken back by its second click; one that stays unanswered can be. */
  readonly stoppable = $derived.by(
    () => this.running && !this.stopping && !this.cut && (this.air.kind !== 'starting' || this.air.late),
  );
  readonly remainingMs = $derived.by(() => remainingLifeMs(this.view, this.#live.nowMs));
  readonly position = $derived.by(() => playPosition(this.view, this.#live.nowMs));

  constructor(slot: string, live: LiveStore, microphone: Microphone) {
    this.slot = slot;
    this.#live = live;
    this.#microphone = microphone;
    this.link = new WhipLink(live.door, () => slot);
    this.#source = new SourceFollower(live, this.link, (failure) => {
      this.problem = afterAttach(this.problem, failure);
    });
  }

  /** After a reload: the broadcast that was running in this tab is taken up again. */
  restore(): void {
    this.kept = readKept(sessionStorage, this.slot);
    if (this.kept === null) return;
    this.broadcastId = this.kept.broadcastId;
    this.held = this.kept.held;
    this.cut = this.kept.cut;
    if (this.kept.live) void this.arm();
  }

  /** Opens microphone and connection, so that a press needs nothing more. */
  async arm(): Promise<boolean> {
    if (this.cut || this.held) return false;
    if (!(await this.#microphone.open()) || this.cut || this.held) return false;
    const chain = this.#microphone.chain;
    if (chain) this.link.open(chain.track);
    return chain !== null;
  }

  /** Keeps the connection on the microphone's present track, and the running broadcast on the connection's source. */
  follow(): void {
    const track = this.#microphone.chain?.track;
    if (track && this.link.state !== 'off') this.link.open(track);
    this.#abandoned.follow(this.#live);
    const { view } = this;
    if (view && isSettled(this.problem, view)) this.problem = null;
    if (view === null) {
      if (!this.pressed && this.#over !== this.broadcastId) void this.#lookUp();
    } else if (view.phase === 'ended') {
      this.#over = view.broadcastId;
      this.#keep(null);
      if (this.cut || this.held) void this.#release();
    } else if (this.#live.link === 'connected') {
      if (this.cut) void this.#stopAgain();
      else if (this.held) this.#goOn(view);
      else this.#source.follow(view);
    }
  }

  /** Called once a second: what stayed without an answer is asked again. */
  tick(): void {
    this.#source.renewForgotten();
    this.follow();
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
    // Remembered, and looked for among what is live, before it is sent: neither a reload nor a lost answer hides it. Until it
    // is answered, a page that is loaded anew does not open the microphone to it.
    this.#keep({ broadcastId: request.id, live: source.kind === 'live', held: true, cut: false });
    this.broadcastId = request.id;
    this.#sentAtMs = this.#live.serverNow();
    if (chime && source.kind === 'live') this.#microphone.chain?.awaitChime();
    const answer = await sendStart(this.#live, request, () => this.cut);
    this.#sentAtMs = null;
    this.pressed = false;
    if (answer.ok) {
      this.#live.adopt(answer.value);
      this.#keepAs({ held: false });
      if (chime && source.kind === 'live') await this.#lead(chime, answer.value.phase === 'on-air' && !this.cut);
    } else if (!mayBeOnAir(answer.error)) {
      await this.#forget(answer.error);
    } else if (this.view !== null) {
      this.#keepAs({ held: false });
    } else if (!this.cut) {
      this.#hold(answer.error);
    }
  }

  async #lead(chime: ChimeWish, wanted: boolean): Promise<void> {
    const { chain } = this.#microphone;
    if (chain && wanted)
      this.chimeUntilMs = this.#live.serverNow() + (await leadWithChime(chain, this.#live.door, chime));
    else chain?.openGate();
  }

  /** Ends the broadcast. Without an answer the microphone is cut and the server is told as soon as it can be. */
  async stop(): Promise<void> {
    if (this.broadcastId === null || this.view?.phase === 'ended' || this.stopping) return;
    if (this.view === null) return this.#cutOff();
    this.stopping = true;
    this.#keepAs({ cut: true });
    const patience = setTimeout(() => this.#cutOff(), STOP_PATIENCE_MS);
    const answer = await this.#live.request('broadcast:stop', { broadcastId: this.broadcastId }, z.null());
    clearTimeout(patience);
    this.stopping = false;
    // The microphone is opened again when the end is seen, not before: until then it could be put on air again.
    if (answer.ok || isOver(answer.error)) return this.#keep(null);
    if (answer.error.code === 'unavailable') return this.#cutOff();
    this.problem = afterCommand('stop', answer.error);
    if (!this.cut) this.#keepAs({ cut: false });
  }

  /** A presenter whose start was found on the server, unanswered, is heard from now on. */
  async speak(): Promise<void> {
    if (!this.held || this.broadcastId === null) return;
    this.held = false;
    this.#keep({ broadcastId: this.broadcastId, live: true, held: false, cut: false });
    await this.arm();
  }

  /** The one microphone of this tab belongs to another of its broadcasts for as long as that runs. */
  silence(silenced: boolean): void {
    this.silenced = silenced;
    this.link.silence(silenced);
  }

  pause(): Promise<void> {
    return this.#command('pause', (ref) => this.#live.request('broadcast:pause', ref, z.null()));
  }

  unpause(): Promise<void> {
    return this.#command('unpause', (ref) => this.#live.request('broadcast:unpause', ref, z.null()));
  }

  /** Adds to the life that is left; the protocol counts from now. */
  extend(moreMs: number): Promise<void> {
    const lifeMs = Math.min(LONGEST_LIFE_MS, Math.round((this.remainingMs ?? 0) + moreMs));
    return this.#command('extend', (ref) => this.#live.request('broadcast:extend', { ...ref, lifeMs }, z.null()));
  }

  /** Puts the end of the last broadcast away. */
  clear(): void {
    if (this.running) return;
    this.broadcastId = null;
    this.problem = null;
    this.#keep(null);
  }

  close(): void {
    this.link.close();
  }

  #keep(kept: KeptSlot | null): void {
    this.kept = kept;
    writeKept(sessionStorage, this.slot, kept);
  }

  #keepAs(change: Partial<Pick<KeptSlot, 'held' | 'cut'>>): void {
    if (this.kept) this.#keep({ ...this.kept, ...change });
  }

  /** Stopped where the server cannot be told: nothing is sent any more. */
  #cutOff(): void {
    this.cut = true;
    this.link.close();
    this.#keepAs({ cut: true });
  }

  async #stopAgain(): Promise<void> {
    if (Date.now() < this.#stopAgainAt) return;
    this.#stopAgainAt = Date.now() + STOP_RETRY_MS;
    await this.stop();
  }

  /** Nobody answered the start. */
  #hold(unanswered: Problem): void {
    this.#unanswered = unanswered;
    this.held = true;
    if (this.kept?.live) this.link.close();
  }

  /** A segment that was found to run without an answer needs nobody's decision. */
  #goOn(view: BroadcastView): void {
    if (view.source.kind === 'live') return;
    this.held = false;
    this.#keep({ broadcastId: view.broadcastId, live: false, held: false, cut: false });
  }

  /** Ready for the next press again. */
  async #release(): Promise<void> {
    this.cut = false;
    this.held = false;
    if (this.#microphone.chain) await this.arm();
  }

  /** It is not there. What comes of its start after all is ended on sight: this page says that it did not go on air. */
  async #forget(problem: Problem | null): Promise<void> {
    const { broadcastId } = this;
    if (broadcastId !== null && (this.cut || this.held)) this.#abandoned.add(broadcastId);
    this.broadcastId = null;
    this.#keep(null);
    this.problem = problem;
    if (this.cut || this.held) await this.#release();
  }

  async #command(
    of: CommandName,
    send: (ref: { broadcastId: string }) => Promise<Result<null, Problem>>,
  ): Promise<void> {
    if (this.broadcastId === null) return;
    const before = this.view;
    const answer = await send({ broadcastId: this.broadcastId });
    this.problem = afterCommand(of, answer.ok ? null : answer.error, before);
  }

  async #sourceOf(wish: Wish): Promise<StartRequest['source'] | null> {
    if (wish.source.kind === 'segment') return wish.source;
    if (!(await this.arm())) return null;
    await this.#microphone.chain?.resume();
    const connected = await this.link.whenConnected();
    return connected && this.link.sourceId !== null ? { kind: 'live', sourceId: this.link.sourceId } : null;
  }

  /** The server shows what is live; another one ended while this page was away, or never began. */
  async #lookUp(): Promise<void> {
    const id = this.broadcastId;
    if (id === null || this.#live.link !== 'connected' || this.#lookingUp) return;
    this.#lookingUp = true;
    const answer = await this.#live.door.get(`/broadcasts/${encodeURIComponent(id)}`, broadcastViewSchema);
    this.#lookingUp = false;
    if (this.broadcastId !== id || this.view !== null || this.pressed) return;
    if (answer.ok) this.#live.adopt(answer.value);
    else if (answer.error.code === 'not-found') await this.#forget(this.held && !this.cut ? this.#unanswered : null);
  }
}

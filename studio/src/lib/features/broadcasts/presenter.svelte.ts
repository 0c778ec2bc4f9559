import type { Problem } from '@loa/shared/protocol/errors';
import type { BroadcastView, StartRequest } from '@loa/shared/protocol/live';
import { z } from 'zod';
import type { Microphone } from '../../audio/microphone.svelte.ts';
import { WhipLink } from '../../audio/whip-link.svelte.ts';
import { randomKey } from '../../live/ids.ts';
import type { LiveStore } from '../../live/live-store.svelte.ts';
import { AbandonedStarts } from './abandoned-starts.ts';
import { OwnBroadcast } from './own-broadcast.svelte.ts';
import { OwnChime } from './own-chime.svelte.ts';
import { PastBroadcasts } from './past-broadcasts.ts';
import { afterAttach, afterCommand, isSettled, type PresenterProblem } from './presenter-problem.ts';
import { isOver } from './refusal.ts';
import { RunningCommands } from './running-commands.ts';
import { SourceFollower } from './source-follower.ts';
import { mayBeOnAir, sendStart } from './start-command.ts';
import type { Wish } from './wish.ts';

/** An answer takes a few hundredths of a second; whoever stops is not heard for longer than this. */
const STOP_PATIENCE_MS = 1_000;
const STOP_RETRY_MS = 1_000;
const NOT_ANSWERED: Problem = { code: 'unavailable', message: 'the start was not answered' };

/**
 * One thing that this tab has on air (or had last): the desk has one and the emergency page has one. It lives in the root
 * layout, so walking through the studio does not end it.
 */
export class Presenter extends OwnBroadcast {
  readonly link: WhipLink;
  readonly commands: RunningCommands;
  problem = $state.raw<PresenterProblem | null>(null);
  #unanswered = NOT_ANSWERED;
  /** The chime of this press could not be played: its presenter, who waits for it, may speak. */
  chimeFailed = $state(false);
  readonly #abandoned = new AbandonedStarts();
  readonly #source: SourceFollower;
  readonly #past: PastBroadcasts;
  readonly #chime: OwnChime;
  /** The press that counts: one that was taken back before it was sent is not sent any more. */
  #press = 0;
  #stopAgainAt = 0;

  constructor(slot: string, live: LiveStore, microphone: Microphone) {
    super(slot, live, microphone);
    this.link = new WhipLink(live.door, () => slot);
    this.commands = new RunningCommands(live, this, (of, failure, before) => {
      this.problem = afterCommand(of, failure, before);
    });
    this.#source = new SourceFollower(live, this.link, (failure) => {
      this.problem = afterAttach(this.problem, failure);
    });
    this.#past = new PastBroadcasts(live);
    this.#chime = new OwnChime(live);
  }

  /** Until when the chime plays, in server time; the presenter speaks after it. */
  get chimeUntilMs(): number {
    return this.#chime.untilMs;
  }

  /** After a reload: the broadcast that was running in this tab is taken up again. */
  restore(): void {
    const kept = this.memory.restore();
    if (kept === null) return;
    this.broadcastId = kept.broadcastId;
    this.held = kept.held;
    this.cut = kept.cut;
    if (kept.chime !== null && !kept.held && !kept.cut) this.#chime.restore(kept.chime);
    if (kept.live) void this.arm();
  }

  /** Opens microphone and connection, so that a press needs nothing more. */
  async arm(): Promise<boolean> {
    if (this.cut || this.held) return false;
    if (!(await this.microphone.open()) || this.cut || this.held) return false;
    this.#send();
    return this.microphone.chain !== null;
  }

  /** Keeps the connection on the microphone's present track, and the running broadcast on the connection's source. */
  follow(): void {
    if (this.link.state !== 'off') this.#send();
    if (this.live.link === 'connected') this.link.follow();
    if (!this.running) this.link.settle();
    this.#source.renewRemoved();
    this.#abandoned.follow(this.live);
    const { view } = this;
    if (view && isSettled(this.problem, view)) this.problem = null;
    if (view === null) {
      if (!this.pressed) void this.#lookUp();
    } else if (view.phase === 'ended') {
      this.#past.sawEnd(view.broadcastId);
      this.#chime.end();
      this.memory.keep(null);
      if (this.cut || this.held) void this.#release();
    } else if (this.live.link === 'connected') {
      if (this.cut) void this.#stopAgain();
      else if (this.held) this.#goOn(view);
      else this.#source.follow(view);
      if (!this.cut && !this.stopping) this.#followChime(view);
    }
  }

  /** Called once a second: what stayed without an answer is asked again. */
  tick(): void {
    this.#source.renewForgotten();
    this.follow();
  }

  async start(wish: Wish): Promise<void> {
    if (this.running) return;
    const press = (this.#press += 1);
    this.pressed = true;
    this.pressedAtMs = this.live.serverNow();
    this.problem = null;
    this.chimeFailed = false;
    this.stopping = false;
    // What was on air before is over: nothing of it is shown, and a stop from here on is meant for this start.
    this.broadcastId = null;
    const source = await this.#sourceOf(wish);
    if (press !== this.#press) return;
    if (source === null) {
      this.pressed = false;
      this.problem = { code: 'unavailable', message: 'the microphone is not connected' };
      return;
    }
    const { chime, source: _, ...rest } = wish;
    const request: StartRequest = { ...rest, zones: [...rest.zones], source, id: randomKey(), key: randomKey() };
    const live = source.kind === 'live';
    // A desk that is silent under an emergency plays none.
    const led = live && !this.silenced ? chime : null;
    // Remembered, and looked for among what is live, before it is sent: neither a reload nor a lost answer hides it. Until it
    // is answered, a page that is loaded anew does not open the microphone to it.
    this.memory.keep({ broadcastId: request.id, live, held: true, cut: false, chime: led });
    this.broadcastId = request.id;
    this.sentAtMs = this.live.serverNow();
    if (live && !this.silenced) this.#chime.begin(this.microphone.chain, led);
    const answer = await sendStart(this.live, request, () => this.cut);
    this.sentAtMs = null;
    this.pressed = false;
    if (answer.ok) {
      this.live.adopt(answer.value);
      this.memory.note({ held: false });
      if (this.cut) this.#chime.end();
      else if (!this.stopping) this.#followChime(answer.value);
    } else if (!mayBeOnAir(answer.error)) {
      await this.#forget(answer.error);
    } else if (this.view !== null) {
      this.memory.note({ held: false });
    } else if (!this.cut) {
      this.#hold(answer.error);
    }
  }

  /** What the microphone says goes out from now on; a chime that is still to come shuts it first. */
  #send(): void {
    const { chain } = this.microphone;
    this.#chime.follow(chain);
    if (chain) this.link.open(chain.track);
  }

  #followChime({ phase, source }: BroadcastView): void {
    if (phase === 'waiting') this.#chime.hold();
    // What plays before the broadcast has this page's sound is heard by nobody.
    const isSent = source.kind === 'live' && this.link.connected && source.sourceId === this.link.sourceId;
    if (phase !== 'on-air' || !isSent || this.microphone.asleep) return;
    if (this.memory.kept?.chime) this.memory.note({ chime: null });
    const press = this.#press;
    this.#chime.lead().catch(() => {
      this.chimeFailed ||= press === this.#press;
    });
  }

  /** Takes a press back that was not sent yet: its microphone was still being connected. */
  #takeBack(): void {
    this.#press += 1;
    this.pressed = false;
  }

  /** Ends the broadcast. Without an answer the microphone is cut and the server is told as soon as it can be. */
  async stop(): Promise<void> {
    if (this.pressed && this.broadcastId === null) return this.#takeBack();
    if (this.broadcastId === null || this.view?.phase === 'ended' || this.stopping) return;
    if (this.view === null) return this.#cutOff();
    this.stopping = true;
    this.#chime.hush();
    this.memory.note({ cut: true });
    const patience = setTimeout(() => this.#cutOff(), STOP_PATIENCE_MS);
    const answer = await this.live.request('broadcast:stop', { broadcastId: this.broadcastId }, z.null());
    clearTimeout(patience);
    this.stopping = false;
    this.#chime.end();
    // The microphone is opened again when the end is seen, not before: until then it could be put on air again.
    if (answer.ok || isOver(answer.error)) return this.memory.keep(null);
    if (answer.error.code === 'unavailable') return this.#cutOff();
    this.problem = afterCommand('stop', answer.error);
    if (!this.cut) this.memory.note({ cut: false });
  }

  /** A presenter whose start was found on the server, unanswered, is heard from now on. */
  async speak(): Promise<void> {
    if (!this.held || this.broadcastId === null) return;
    this.held = false;
    this.memory.keep({ broadcastId: this.broadcastId, live: true, held: false, cut: false, chime: null });
    await this.arm();
    if (!this.silenced) this.#chime.begin(this.microphone.chain, null);
  }

  /** The one microphone of this tab belongs to another of its broadcasts for as long as that runs. */
  silence(silenced: boolean): void {
    this.silenced = silenced;
    if (silenced) this.#chime.end();
    this.link.silence(silenced);
  }

  /** Puts the end of the last broadcast away. */
  clear(): void {
    if (this.running) return;
    this.broadcastId = null;
    this.problem = null;
    this.memory.keep(null);
  }

  close(): void {
    this.link.close();
  }

  /** Stopped where the server cannot be told: nothing is sent any more. */
  #cutOff(): void {
    this.cut = true;
    this.link.close();
    this.#chime.end();
    this.memory.note({ cut: true });
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
    if (this.memory.kept?.live) this.link.close();
    this.#chime.end();
  }

  /** A segment that was found to run without an answer needs nobody's decision. */
  #goOn(view: BroadcastView): void {
    if (view.source.kind === 'live') return;
    this.held = false;
    this.memory.keep({ broadcastId: view.broadcastId, live: false, held: false, cut: false, chime: null });
  }

  /** Ready for the next press again. */
  async #release(): Promise<void> {
    this.cut = false;
    this.held = false;
    if (this.microphone.chain) await this.arm();
  }

  /** It is not there. What comes of its start after all is ended on sight: this page says that it did not go on air. */
  async #forget(problem: Problem | null): Promise<void> {
    const { broadcastId } = this;
    if (broadcastId !== null && (this.cut || this.held)) this.#abandoned.add(broadcastId);
    this.#chime.end();
    this.broadcastId = null;
    this.memory.keep(null);
    this.problem = problem;
    if (this.cut || this.held) await this.#release();
  }

  async #sourceOf(wish: Wish): Promise<StartRequest['source'] | null> {
    if (wish.source.kind === 'segment') return wish.source;
    if (!(await this.arm())) return null;
    await this.microphone.chain?.resume();
    const connected = await this.link.whenConnected();
    return connected && this.link.sourceId !== null ? { kind: 'live', sourceId: this.link.sourceId } : null;
  }

  async #lookUp(): Promise<void> {
    const id = this.broadcastId;
    const answer = await this.#past.ask(id);
    if (answer === null || this.broadcastId !== id || this.view !== null || this.pressed) return;
    if (answer.ok) this.live.adopt(answer.value);
    else if (answer.error.code === 'not-found') await this.#forget(this.held && !this.cut ? this.#unanswered : null);
    // Given up, and not among what is live: what the database would say of it keeps nobody from the next start.
    else if (this.cut && this.live.heard) await this.#forget(null);
  }
}

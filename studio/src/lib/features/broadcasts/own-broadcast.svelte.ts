import type { Microphone } from '#lib/audio/microphone.svelte.ts';
import type { LiveStore } from '#lib/live/live-store.svelte.ts';
import type { BroadcastView } from '@loa/shared/protocol/live';
import { airState, playPosition, remainingLifeMs } from './air-state.ts';
import { SlotMemory } from './slot-memory.svelte.ts';

/** A second click of the same press takes nothing back. */
const DOUBLE_CLICK_MS = 600;

/** What this tab has on air in one slot (or had last), as the page shows it. */
export class OwnBroadcast {
  readonly slot: string;
  protected readonly live: LiveStore;
  protected readonly microphone: Microphone;
  /** Its microphone speaks elsewhere now: what it has on air goes on, in silence. */
  silenced = $state(false);
  protected readonly memory: SlotMemory;
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
  /** Server time at which the start was sent; null while there is none under way. */
  protected sentAtMs = $state<number | null>(null);
  /** Server time of the press. */
  protected pressedAtMs = $state(0);

  readonly view: BroadcastView | null = $derived.by(() => this.live.broadcast(this.broadcastId));
  readonly tally = $derived.by(() => this.live.tally(this.broadcastId));
  /** Whether it speaks from a microphone, as opposed to a stored segment. */
  readonly speaks = $derived.by(() =>
    this.view === null ? (this.memory.kept?.live ?? false) : this.view.source.kind === 'live',
  );
  /** A start is sent, or running; a press whose microphone is still being connected is not. */
  readonly begun = $derived.by(() => this.view !== null || this.memory.kept !== null);
  readonly air = $derived.by(() =>
    airState({
      pressed: this.pressed,
      sentAtMs: this.sentAtMs,
      linked: this.live.heard,
      cut: this.cut,
      held: this.held,
      live: this.speaks,
      asleep: this.microphone.asleep,
      silenced: this.silenced,
      kept: this.memory.kept !== null,
      view: this.view,
      tally: this.tally,
      zones: this.live.zones,
      nowMs: this.live.nowMs,
    }),
  );
  readonly running = $derived.by(
    () => this.pressed || (this.view === null ? this.air.kind !== 'idle' : this.view.phase !== 'ended'),
  );
  /** Whether the one microphone of this tab is its own; not while it is cut or held, for then nothing of it is sent. */
  readonly takesMicrophone = $derived.by(() => this.running && this.speaks && !this.cut && !this.held);
  /** A press that was just made is not taken back by its second click; one that is not sent yet, or stays unanswered, can be. */
  readonly stoppable = $derived.by(() => {
    if (!this.running || this.stopping || this.cut) return false;
    if (this.air.kind !== 'starting' || this.air.late) return true;
    return this.sentAtMs === null && this.live.nowMs - this.pressedAtMs > DOUBLE_CLICK_MS;
  });
  /**
   * What the receivers report of it, where that tells its presenter something: without the door their last reports are old,
   * what waits sounds nowhere, and receivers that sound the silence of a held-back microphone are no news.
   */
  readonly reported = $derived.by(() => {
    if (!this.running || !this.live.heard || this.view?.phase === 'waiting') return null;
    return this.air.kind === 'asleep' || this.air.kind === 'silenced' ? null : this.tally;
  });
  readonly remainingMs = $derived.by(() => remainingLifeMs(this.view, this.live.nowMs));
  readonly position = $derived.by(() => playPosition(this.view, this.live.nowMs));

  constructor(slot: string, live: LiveStore, microphone: Microphone) {
    this.slot = slot;
    this.live = live;
    this.microphone = microphone;
    this.memory = new SlotMemory(slot);
  }
}

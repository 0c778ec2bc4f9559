import type { BroadcastView } from '@loa/shared/protocol/live';
import type { Tally } from '@loa/shared/protocol/receivers';
import type { ZoneTree } from '@loa/shared/zones/zone-tree';

/**
 * What a presenter is shown about the own broadcast. Only `on-air` lights the red light, and only receivers' reports lead
 * there: neither the press of the button nor the server's acceptance does.
 */
export type AirState =
  | { readonly kind: 'idle' }
  /** Pressed; the server has not answered yet. `late` when that takes so long that it may be on air already. */
  | { readonly kind: 'starting'; readonly late: boolean }
  /** The start was never answered; the microphone is cut, and the server cannot be asked yet whether it is on air. */
  | { readonly kind: 'unsure' }
  /** The start was not answered but carried out: it holds its zones, with the microphone cut, until the presenter decides. */
  | { readonly kind: 'held'; readonly keepUntil: number | null }
  /** Accepted, but all zones are taken: it starts by itself when they are free. */
  | { readonly kind: 'waiting' }
  /** Accepted; no receiver has reported sound yet. `late` when that takes longer than it should. */
  | { readonly kind: 'connecting'; readonly late: boolean }
  /** The browser of this page holds its sound back: receivers may sound, and what they sound is silence. */
  | { readonly kind: 'asleep' }
  /** The microphone of this tab speaks for its emergency: receivers may sound, and what they sound is silence. */
  | { readonly kind: 'silenced' }
  | { readonly kind: 'on-air'; readonly sounding: number; readonly partly: boolean }
  /** It was heard, and now no receiver reports it any more. */
  | { readonly kind: 'unheard' }
  | { readonly kind: 'interrupted'; readonly by: readonly string[] }
  | { readonly kind: 'paused' }
  | { readonly kind: 'source-lost'; readonly keepUntil: number }
  /** Stopped here; the server does not know yet. Without a microphone to cut (`live`) it may still be heard. */
  | { readonly kind: 'cut'; readonly live: boolean }
  /** The page lost its connection to the server and cannot know. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'ended' };

export interface AirInput {
  readonly pressed: boolean;
  /** Server time at which the start was sent; null while there is none under way. */
  readonly sentAtMs: number | null;
  readonly linked: boolean;
  readonly cut: boolean;
  /** Its start was never answered, and the microphone is cut since. */
  readonly held: boolean;
  /** It speaks from a microphone. */
  readonly live: boolean;
  /** The browser holds the sound of the microphone back. */
  readonly asleep: boolean;
  /** The microphone speaks elsewhere. */
  readonly silenced: boolean;
  /** This tab had it on air before it was loaded anew. */
  readonly kept: boolean;
  readonly view: BroadcastView | null;
  readonly tally: Tally | null;
  readonly zones: ZoneTree | null;
  readonly nowMs: number;
}

/** Receivers report at once when they start to sound; without any report for this long something is wrong. */
export const FIRST_SOUND_LATE_MS = 3_000;

/** A start is answered within a few hundredths of a second; from here on the presenter is told that it may be on air. */
export const ANSWER_LATE_MS = 1_500;

export function airState(input: AirInput): AirState {
  const { view, tally } = input;
  if (view === null) return unseen(input);
  if (view.phase === 'ended') return { kind: 'ended' };
  if (input.cut) return { kind: 'cut', live: input.live };
  if (input.held) return input.linked ? { kind: 'held', keepUntil: view.sourceKeepUntil } : { kind: 'unsure' };
  if (!input.linked) return { kind: 'unknown' };
  // Whatever else holds it up: the server ends a broadcast whose source stays away, whether it waits, is interrupted or neither.
  if (view.sourceKeepUntil !== null) return { kind: 'source-lost', keepUntil: view.sourceKeepUntil };
  if (view.phase === 'waiting') return { kind: 'waiting' };
  if (isInterruptedEverywhere(view, input.zones)) {
    return { kind: 'interrupted', by: [...new Set(view.interrupted.map((item) => item.by as string))] };
  }
  if (view.paused) return { kind: 'paused' };
  if (input.live && input.silenced) return { kind: 'silenced' };
  if (input.live && input.asleep) return { kind: 'asleep' };
  if (tally !== null && tally.sounding > 0) {
    return { kind: 'on-air', sounding: tally.sounding, partly: view.interrupted.length > 0 };
  }
  if (tally !== null && tally.firstSoundAt !== null) return { kind: 'unheard' };
  return { kind: 'connecting', late: input.nowMs - view.startedAt > FIRST_SOUND_LATE_MS };
}

/** The server has shown nothing of this broadcast. */
function unseen({ pressed, sentAtMs, linked, cut, held, live, kept, nowMs }: AirInput): AirState {
  if (cut) return { kind: 'cut', live };
  if (held) return { kind: 'unsure' };
  if (pressed) return { kind: 'starting', late: sentAtMs !== null && nowMs - sentAtMs > ANSWER_LATE_MS };
  return kept && !linked ? { kind: 'unknown' } : { kind: 'idle' };
}

/** Whether other broadcasts hold every zone that this one asked for. */
export function isInterruptedEverywhere(
  view: Pick<BroadcastView, 'zones' | 'interrupted'>,
  tree: ZoneTree | null,
): boolean {
  if (view.interrupted.length === 0 || tree === null) return false;
  const taken = view.interrupted.map((item) => item.zone);
  return tree.subtract(view.zones, taken).length === 0;
}

/** How long the broadcast may still last, ms; null without a bound. */
export function remainingLifeMs(view: BroadcastView | null, nowMs: number): number | null {
  if (view === null || view.expiresAt === null || view.phase === 'ended') return null;
  return Math.max(0, view.expiresAt - nowMs);
}

/** Position inside a segment and its length, ms; null for live sources. */
export function playPosition(
  view: BroadcastView | null,
  nowMs: number,
): { positionMs: number; durationMs: number } | null {
  if (view === null || view.source.kind !== 'segment' || view.playhead === null) return null;
  const ran = view.playhead.running ? Math.max(0, nowMs - view.playhead.at) : 0;
  const durationMs = view.source.durationMs;
  return { positionMs: Math.min(durationMs, view.playhead.positionMs + ran), durationMs };
}

import { m } from '#lib/generated/messages/messages.js';
import type { AirState } from './air-state.ts';

/** The state of the own broadcast in a few words, the same on the light and on the bar of the other pages. */
export function airHeading(air: AirState, nowMs: number): string {
  switch (air.kind) {
    case 'on-air':
      return m.air_on();
    case 'starting':
      return air.late ? m.air_starting_late() : m.air_starting();
    case 'unsure':
      return m.air_unsure();
    case 'held':
      return m.air_held();
    case 'connecting':
      return air.late ? m.air_connecting_late() : m.air_connecting();
    case 'asleep':
      return m.air_asleep();
    case 'unheard':
      return m.air_unheard();
    case 'waiting':
      return m.air_waiting();
    case 'interrupted':
      return m.air_interrupted();
    case 'paused':
      return m.air_paused();
    case 'source-lost':
      return m.air_source_lost({ seconds: secondsUntil(air.keepUntil, nowMs) });
    case 'cut':
      return air.live ? m.air_cut() : m.air_cut_segment();
    case 'unknown':
      return m.air_unknown();
    case 'ended':
      return m.air_ended();
    case 'idle':
      return m.air_idle();
  }
}

/** What a start without an answer means for who pressed; null in every other state. `live` when it speaks from a microphone. */
export function unansweredDetail(air: AirState, live: boolean, nowMs: number): string | null {
  if (air.kind === 'starting' && air.late) return live ? m.air_starting_late_live() : m.air_starting_late_segment();
  if (air.kind === 'unsure') return live ? m.air_unsure_live() : m.air_unsure_segment();
  if (air.kind !== 'held') return null;
  return air.keepUntil === null
    ? m.air_held_detail()
    : `${m.air_held_detail()} ${m.air_held_until({ seconds: secondsUntil(air.keepUntil, nowMs) })}`;
}

function secondsUntil(atMs: number, nowMs: number): number {
  return Math.max(0, Math.ceil((atMs - nowMs) / 1000));
}

import { m } from '#lib/generated/messages/messages.js';
import { clockTime } from '#lib/ui/format.ts';
import type { AirState } from './air-state.ts';

/** The state of the own broadcast in a few words, without anything that counts: they are read out whenever they change. */
export function airTitle(air: AirState): string {
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
    case 'silenced':
      return m.air_silenced();
    case 'unheard':
      return m.air_unheard();
    case 'waiting':
      return m.air_waiting();
    case 'interrupted':
      return m.air_interrupted();
    case 'paused':
      return m.air_paused();
    case 'source-lost':
      return m.air_source_lost();
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

/** Until when the server keeps the slot of a broadcast without a source, in words that do not change while it waits. */
export function keptUntilText(air: AirState): string | null {
  if (air.kind === 'source-lost') return m.air_kept_until({ time: clockTime(air.keepUntil) });
  if (air.kind !== 'held' || air.keepUntil === null) return null;
  return m.air_held_until({ time: clockTime(air.keepUntil) });
}

/** How long it is still kept, ms; null where nothing ends by itself. */
export function keptForMs(air: AirState, nowMs: number): number | null {
  if ((air.kind !== 'source-lost' && air.kind !== 'held') || air.keepUntil === null) return null;
  return Math.max(0, air.keepUntil - nowMs);
}

/** What a start without an answer means for who pressed; null in every other state. `live` when it speaks from a microphone. */
export function unansweredDetail(air: AirState, live: boolean): string | null {
  if (air.kind === 'starting' && air.late) return live ? m.air_starting_late_live() : m.air_starting_late_segment();
  if (air.kind === 'unsure') return live ? m.air_unsure_live() : m.air_unsure_segment();
  if (air.kind !== 'held') return null;
  return [m.air_held_detail(), keptUntilText(air)].filter((text) => text !== null).join(' ');
}

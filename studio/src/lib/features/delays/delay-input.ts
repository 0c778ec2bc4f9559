import { MAX_PLAYOUT_DELAY_MS, MIN_PLAYOUT_DELAY_MS } from '@loa/shared/playout/delay-order';
import { LONE_DELAY_MS, SHARED_DELAY_MS } from '@loa/shared/protocol/limits';

/** Delays that suit what is usual, in ms: a lone loudspeaker, several on good links, on weak ones, on very weak ones. */
export const PRESETS_MS = [LONE_DELAY_MS, SHARED_DELAY_MS, 400, 1_000] as const;

export type DelayMistake = 'empty' | 'not-whole' | 'too-small' | 'too-large';

/** What somebody typed as a delay: in ms, or what is wrong with it. */
export function readDelay(typed: string): number | DelayMistake {
  const text = typed
    .trim()
    .replace(/\s*ms$/i, '')
    .trim();
  if (text === '') return 'empty';
  if (!/^\d+$/.test(text)) return 'not-whole';
  const ms = Number(text);
  if (ms < MIN_PLAYOUT_DELAY_MS) return 'too-small';
  return ms > MAX_PLAYOUT_DELAY_MS ? 'too-large' : ms;
}

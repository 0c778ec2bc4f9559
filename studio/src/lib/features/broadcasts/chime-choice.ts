import { m } from '#lib/generated/messages/messages.js';
import type { LibraryStore } from '../library/library-store.svelte.ts';

/** Chimes that are always there; any other choice names a segment of the library. */
export const CHIME_NAMES = {
  none: m.chime_none,
  three: m.chime_three,
  attention: m.chime_attention,
} as const;
export type BuiltInChime = keyof typeof CHIME_NAMES;

/** Whether the chosen chime was taken out of the library; as long as the library is not known nothing is gone. */
export function isChimeGone(chime: string, library: Pick<LibraryStore, 'known' | 'segments'>): boolean {
  if (chime in CHIME_NAMES || !library.known) return false;
  return !library.segments.some(({ segmentId }) => segmentId === chime);
}

import { m } from '#lib/generated/messages/messages.js';
import type { LinkState } from '#lib/live/live-store.svelte.ts';
import { absenceText } from '../broadcasts/absence-text.ts';
import { problemText } from '../broadcasts/problem-text.ts';
import type { LibraryStore } from './library-store.svelte.ts';

/** In place of an empty list of segments while the server has not said that there are none; null when it has. */
export function libraryAbsence(library: Pick<LibraryStore, 'known' | 'problem'>, link: LinkState): string | null {
  if (link === 'lost') return absenceText(link);
  if (library.problem) return problemText(library.problem);
  return library.known ? null : m.live_loading();
}

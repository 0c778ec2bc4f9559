import { randomKey } from '#lib/live/ids.ts';
import { MAX_TITLE_LENGTH } from '@loa/shared/broadcasts/commands';
import type { StartRequest } from '@loa/shared/protocol/live';
import { toPlainText } from '@loa/shared/protocol/text';
import type { DeskDraft } from './desk-draft.svelte.ts';

type AskedDraft = Pick<DeskDraft, 'selection' | 'title' | 'source' | 'level' | 'mode'>;

/** Ward and city level of authority, until accounts know who speaks. */
export const DESK_AUTHORITY = 1;
export const EMERGENCY_AUTHORITY = 3;

/** Stands for the microphone while it is not connected yet; who will hear it does not depend on it. */
const NO_SOURCE_YET = 'not-connected-yet';

/** The wish as a question; null while there is nothing to ask about. */
export function previewRequest(draft: AskedDraft, sourceId: string | null, authority: number): StartRequest | null {
  if (draft.selection.length === 0) return null;
  const { source } = draft;
  return {
    id: randomKey(),
    key: randomKey(),
    title: toPlainText(draft.title, MAX_TITLE_LENGTH) || '…',
    source: source?.kind === 'segment' ? source : { kind: 'live', sourceId: sourceId ?? NO_SOURCE_YET },
    zones: [...draft.selection],
    level: draft.level,
    authority,
    mode: draft.mode,
    wait: false,
  };
}

import { startRequestSchema } from '@loa/shared/protocol/live';
import { describe, expect, test } from 'vitest';
import { DeskDraft } from './desk-draft.svelte.ts';
import { previewRequest } from './preview-request.ts';

function typed(title: string): DeskDraft {
  const draft = new DeskDraft('emergency', 3, 'none');
  Object.assign(draft, { title, selection: ['w1'] });
  return draft;
}

describe('a title with a tab, half a character, or too long', () => {
  test.each([
    ['Bão\tsố 5', 'Bão số 5'],
    ['Bão \ud83c', 'Bão'],
    ['\u0007', '12:00'],
    [` ${'á'.repeat(300)}`, 'á'.repeat(200)],
  ])('%j keeps nobody from speaking', (title, sent) => {
    expect(typed(title).titleOr(() => '12:00', 0)).toBe(sent);
    const asked = previewRequest(typed(title), null, 1);
    expect(startRequestSchema.safeParse(asked).error).toBeUndefined();
  });
});

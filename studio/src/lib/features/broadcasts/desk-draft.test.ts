import { startRequestSchema } from '@loa/shared/protocol/live';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
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

describe('what is set for an emergency', () => {
  let kept: Map<string, string>;
  beforeEach(() => {
    kept = new Map();
    vi.stubGlobal('sessionStorage', {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    });
  });
  afterEach(() => void vi.unstubAllGlobals());

  function reloaded(): DeskDraft {
    const draft = new DeskDraft('emergency', 3, 'attention');
    draft.restore();
    return draft;
  }

  test('is the whole city for half an hour until something else is chosen', () => {
    expect(reloaded()).toMatchObject({ whole: true, lifeMin: 30 });
  });

  test('that cannot be read is as if nothing had been set', () => {
    typed('Cháy chợ').save();
    for (const [key] of kept) kept.set(key, '{');
    expect(reloaded()).toMatchObject({ whole: true, title: '' });
  });

  test('outlives a reload: neither its zones nor its time widen by themselves', () => {
    const draft = typed('Cháy chợ');
    Object.assign(draft, { whole: false, lifeMin: 5 });
    draft.save();
    expect(reloaded()).toMatchObject({ whole: false, lifeMin: 5, selection: ['w1'], title: 'Cháy chợ' });
  });

  test('by a page of before, which did not keep whether it was the whole city, is no more than its zones', () => {
    typed('').save();
    const [key, text] = [...kept][0] ?? ['', ''];
    const { whole: _, lifeMin: __, ...before } = JSON.parse(text) as Record<string, unknown>;
    kept.set(key, JSON.stringify(before));
    expect(reloaded()).toMatchObject({ whole: false, lifeMin: 30, selection: ['w1'] });
  });
});

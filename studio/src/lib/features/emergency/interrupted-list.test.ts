import type { BroadcastView } from '@loa/shared/protocol/live';
import { describe, expect, test } from 'vitest';
import { aBroadcast } from '../../../../test/support/zones.ts';
import { missingFrom, updateInterrupted, type InterruptedItem } from './interrupted-list.ts';

const taken = [{ zone: 'w2', by: 'e1' }];
const mapOf = (...views: BroadcastView[]) =>
  new Map<string, BroadcastView>(views.map((view) => [view.broadcastId, view]));
const update = (
  old: readonly InterruptedItem[],
  broadcasts: ReadonlyMap<string, BroadcastView>,
  { everywhere = true, linked = true } = {},
) => updateInterrupted(old, 'e1', { broadcasts, linked, isEverywhere: () => everywhere });
const interrupted = () => update([], mapOf(aBroadcast({ interrupted: taken })));
const stateAfter = (view: BroadcastView, everywhere = true) =>
  update(interrupted(), mapOf(view), { everywhere })[0]?.state;

describe('what an emergency interrupted', () => {
  test('BR7: lists only what this emergency took', () => {
    const views = mapOf(
      aBroadcast({ broadcastId: 'mine', interrupted: taken }),
      aBroadcast({ broadcastId: 'other', interrupted: [{ zone: 'w2', by: 'e2' }] }),
      aBroadcast({ broadcastId: 'free' }),
    );
    expect(update([], views).map((item) => item.broadcastId)).toEqual(['mine']);
  });

  test('BR11: what only waits for its turn was not interrupted', () => {
    expect(update([], mapOf(aBroadcast({ phase: 'waiting', interrupted: taken })))).toEqual([]);
  });

  test('BR8: follows a programme from interrupted to back on air', () => {
    expect(interrupted()[0]?.state).toBe('interrupted');
    expect(stateAfter(aBroadcast())).toBe('back');
  });

  test('BR8: whom another emergency silences now is not back, wholly or in part', () => {
    const byOther = aBroadcast({ interrupted: [{ zone: 'w2', by: 'e2' }] });
    expect(stateAfter(byOther)).toBe('interrupted-by-other');
    expect(stateAfter(byOther, false)).toBe('partly');
  });

  test('BR16, BR24: what is paused, or has no source, is not back', () => {
    expect(stateAfter(aBroadcast({ paused: true }))).toBe('paused');
    expect(stateAfter(aBroadcast({ sourceKeepUntil: 9_000 }))).toBe('source-lost');
    expect(stateAfter(aBroadcast({ paused: true, interrupted: taken }), false)).toBe('paused');
    expect(stateAfter(aBroadcast({ paused: true, interrupted: taken }))).toBe('interrupted');
  });

  test('BR16: what has lost its source will end, and that is said before who silences it', () => {
    const lost = (by: string) => aBroadcast({ sourceKeepUntil: 9_000, interrupted: [{ zone: 'w2', by }] });
    expect([stateAfter(lost('e1')), stateAfter(lost('e1'), false), stateAfter(lost('e2'))]).toEqual(
      Array(3).fill('source-lost'),
    );
  });

  test('says that it ended, and why', () => {
    const ended = update(interrupted(), mapOf(aBroadcast({ phase: 'ended', endReason: 'stopped' })));
    expect(ended[0]).toMatchObject({ state: 'ended', endReason: 'stopped' });
  });

  test('a programme that keeps some zones is interrupted in part', () => {
    expect(update([], mapOf(aBroadcast({ interrupted: taken })), { everywhere: false })[0]?.state).toBe('partly');
  });

  test('is the same list when nothing changed', () => {
    const first = interrupted();
    expect(update(first, mapOf(aBroadcast({ interrupted: taken })))).toBe(first);
  });
});

describe('what ended while the page had no link', () => {
  test('is as it was seen last for as long as there is no link, and is not asked for', () => {
    const first = interrupted();
    expect(update(first, mapOf(), { linked: false })).toBe(first);
    expect(missingFrom(first, mapOf(aBroadcast({ interrupted: taken })))).toEqual([]);
  });

  test('has ended when a new snapshot, which has all that is live, is without it; then the reason is asked for', () => {
    const ended = update(interrupted(), mapOf());
    expect(ended[0]).toMatchObject({ state: 'ended', endReason: null });
    expect(missingFrom(ended, mapOf())).toEqual(['b1']);
  });

  test('gets its reason from the answer, keeps it, and is not asked for again', () => {
    const answer = aBroadcast({ phase: 'ended', endReason: 'source-lost' });
    const told = update(update(interrupted(), mapOf()), mapOf(answer));
    expect(told[0]).toMatchObject({ state: 'ended', endReason: 'source-lost' });
    expect(update(told, mapOf())).toBe(told);
    expect(missingFrom(told, mapOf())).toEqual([]);
  });
});

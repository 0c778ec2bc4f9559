import type { BroadcastView } from '@loa/shared/protocol/live';
import { describe, expect, test } from 'vitest';
import { aBroadcast } from '../../../../test/support/zones.ts';
import { updateInterrupted, type InterruptedItem } from './interrupted-list.ts';

const taken = [{ zone: 'w2', by: 'e1' }];
const mapOf = (...views: BroadcastView[]) =>
  new Map<string, BroadcastView>(views.map((view) => [view.broadcastId, view]));
const update = (old: readonly InterruptedItem[], views: ReadonlyMap<string, BroadcastView>, everywhere = true) =>
  updateInterrupted(old, 'e1', views, () => everywhere);

describe('what an emergency interrupted', () => {
  test('lists only what this emergency took', () => {
    const views = mapOf(
      aBroadcast({ broadcastId: 'mine', interrupted: taken }),
      aBroadcast({ broadcastId: 'other', interrupted: [{ zone: 'w2', by: 'e2' }] }),
      aBroadcast({ broadcastId: 'free' }),
    );
    expect(update([], views).map((item) => item.broadcastId)).toEqual(['mine']);
  });

  test('follows a programme from interrupted to back on air', () => {
    const first = update([], mapOf(aBroadcast({ interrupted: taken })));
    expect(first[0]?.state).toBe('interrupted');
    expect(update(first, mapOf(aBroadcast()))[0]?.state).toBe('back');
  });

  test('says that it ended, and why', () => {
    const first = update([], mapOf(aBroadcast({ interrupted: taken })));
    const ended = update(first, mapOf(aBroadcast({ phase: 'ended', endReason: 'stopped' })));
    expect(ended[0]).toMatchObject({ state: 'ended', endReason: 'stopped' });
  });

  test('a programme that keeps some zones is interrupted in part', () => {
    expect(update([], mapOf(aBroadcast({ interrupted: taken })), false)[0]?.state).toBe('partly');
  });

  test('keeps what the server no longer lists, and the same list when nothing changed', () => {
    const first = update([], mapOf(aBroadcast({ interrupted: taken })));
    expect(update(first, mapOf())).toBe(first);
  });
});

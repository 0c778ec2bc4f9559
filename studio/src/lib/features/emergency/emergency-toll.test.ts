import { createDoors, type Doors } from '#lib/live/doors.svelte.ts';
import { LiveStore } from '#lib/live/live-store.svelte.ts';
import { EMPTY_PICTURE } from '#lib/live/picture.ts';
import type { Problem } from '@loa/shared/protocol/errors';
import type { BroadcastView } from '@loa/shared/protocol/live';
import { err, ok, type Result } from '@loa/shared/result';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { aBroadcast, SMALL_CITY } from '../../../../test/support/zones.ts';
import { EmergencyToll } from './emergency-toll.svelte.ts';

const taken = aBroadcast({ interrupted: [{ zone: 'w2', by: 'e1' }] });

/** A page whose emergency e1 took b1, and whose link then broke; `answers` are what the door says of b1, one after the other. */
function afterLinkLoss(...answers: readonly Result<BroadcastView, Problem>[]) {
  const asked: string[] = [];
  const left = [...answers];
  const get = (path: string) => {
    asked.push(path);
    return Promise.resolve(left.shift() ?? err<Problem>({ code: 'unavailable', message: '' }));
  };
  const live = new LiveStore({ ...createDoors(['http://127.0.0.1:1']), get: get as Doors['get'] });
  live.zones = SMALL_CITY;
  live.link = 'connected';
  live.picture = { ...EMPTY_PICTURE, broadcasts: new Map([['b1', taken]]) };
  const toll = new EmergencyToll();
  const follow = async () => {
    toll.follow('e1', live);
    await vi.advanceTimersByTimeAsync(2_000);
    toll.follow('e1', live);
  };
  toll.follow('e1', live);
  live.link = 'lost';
  return { asked, live, toll, follow };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('what an emergency took, after a lost link', () => {
  test('is asked for when the new snapshot is without it', async () => {
    const ended = aBroadcast({ phase: 'ended', endedAt: 2_000, endReason: 'source-lost' });
    const { asked, live, toll, follow } = afterLinkLoss(ok(ended));
    live.picture = EMPTY_PICTURE;
    await follow();
    expect([asked, toll.items[0]?.state]).toEqual([[], 'interrupted']);
    live.link = 'connected';
    await follow();
    expect(asked).toEqual(['/broadcasts/b1']);
    expect(toll.items).toMatchObject([{ state: 'ended', endReason: 'source-lost' }]);
  });

  test('is asked for again when nobody answered, and no more when the server does not have it', async () => {
    const { asked, live, toll, follow } = afterLinkLoss(
      err({ code: 'unavailable', message: '' }),
      err({ code: 'not-found', message: '' }),
    );
    live.picture = EMPTY_PICTURE;
    live.link = 'connected';
    for (let n = 0; n < 4; n++) await follow();
    expect(asked).toHaveLength(2);
    expect(toll.items).toMatchObject([{ state: 'ended', endReason: null }]);
  });
});

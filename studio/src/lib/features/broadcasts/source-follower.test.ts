import type { WhipLink } from '#lib/audio/whip-link.svelte.ts';
import { createDoors } from '#lib/live/doors.svelte.ts';
import { LiveStore } from '#lib/live/live-store.svelte.ts';
import type { Requests } from '#lib/live/studio-socket.ts';
import type { Problem } from '@loa/shared/protocol/errors';
import type { BroadcastView } from '@loa/shared/protocol/live';
import { err, ok, type Result } from '@loa/shared/result';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { aBroadcast } from '../../../../test/support/zones.ts';
import { SourceFollower } from './source-follower.ts';

const FAILED: Problem = { code: 'internal', message: '' };
const ATTACHED = aBroadcast({ source: { kind: 'live', sourceId: 's2' } });

/** A page whose connection has source s2 while its broadcast has s1; `answers` to the attaching, one after the other. */
function aFollower(...answers: readonly Result<BroadcastView, Problem>[]) {
  const left = [...answers];
  let asked = 0;
  const told: (Problem | null)[] = [];
  const live = new LiveStore(createDoors(['http://127.0.0.1:1']));
  const request = () => {
    asked += 1;
    return Promise.resolve(left.shift() ?? err(FAILED));
  };
  Object.assign(live, { request: request as unknown as Requests });
  let renewed = 0;
  let settled = 0;
  const renew = () => (renewed += 1);
  const settle = () => (settled += 1);
  let mended = 0;
  const mend = () => (mended += 1);
  const link = { sourceId: 's2', connected: true, renew, settle, mend } as unknown as WhipLink;
  const follower = new SourceFollower(live, link, (problem) => told.push(problem));
  const follow = async (view: BroadcastView) => {
    follower.follow(view);
    await vi.advanceTimersByTimeAsync(2_000);
  };
  return {
    follower,
    live,
    link,
    follow,
    told,
    asked: () => asked,
    renewed: () => renewed,
    settled: () => settled,
    mended: () => mended,
  };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('BR17: an attaching that failed is told, and that it succeeded later', async () => {
  const { follow, told } = aFollower(err(FAILED), ok(ATTACHED));
  await follow(aBroadcast());
  await follow(aBroadcast());
  expect(told).toEqual([FAILED, null]);
});

test('BR17: one whose answer was lost has succeeded when the broadcast is seen on its source', async () => {
  const { follow, told } = aFollower(err(FAILED));
  await follow(aBroadcast());
  await follow(ATTACHED);
  await follow(ATTACHED);
  expect(told).toEqual([FAILED, null]);
});

test('BR17: of two tabs with one broadcast, one that has attached once leaves it to the other until its source is lost', async () => {
  const { follow, asked } = aFollower(ok(ATTACHED), ok(ATTACHED));
  await follow(aBroadcast());
  await follow(ATTACHED);
  const ofTheOther = { source: { kind: 'live', sourceId: 's3' } };
  await follow(aBroadcast(ofTheOther));
  expect(asked()).toBe(1);
  await follow(aBroadcast({ ...ofTheOther, sourceKeepUntil: 9_000 }));
  expect(asked()).toBe(2);
});

test('a source that the server has closed is made anew at once, however well the browser thinks of it; no other one is', () => {
  const { follower, live, link, renewed } = aFollower();
  const without = (...ids: string[]) => {
    live.picture = { ...live.picture, removedSources: new Set(ids) };
    follower.renewRemoved();
    return renewed();
  };
  expect([without(), without('s1'), without('s1', 's2')]).toEqual([0, 0, 1]);
  Object.assign(link, { connected: false });
  expect(without('s2')).toBe(1);
  Object.assign(link, { connected: true, sourceId: 's3' });
  expect(without('s2')).toBe(1);
});

test('BR60: a source of this tab that the server hears nothing of is mended at once and every two seconds, until it is heard; no other one is', async () => {
  const { follower, follow, link, mended } = aFollower();
  const lost = { ...ATTACHED, sourceKeepUntil: 9_000 };
  await follow(ATTACHED);
  expect(mended()).toBe(0);
  follower.follow(lost);
  follower.follow(lost);
  expect(mended()).toBe(1);
  await vi.advanceTimersByTimeAsync(2_000);
  follower.follow(lost);
  expect(mended()).toBe(2);
  await follow(ATTACHED);
  await follow(aBroadcast({ sourceKeepUntil: 9_000 }));
  Object.assign(link, { connected: false });
  await follow(lost);
  expect(mended()).toBe(2);
});

test('one that never failed tells nothing', async () => {
  const { follow, told } = aFollower(ok(ATTACHED));
  await follow(aBroadcast());
  await follow(ATTACHED);
  expect(told).toEqual([]);
});

test('ND12: the session that was left ends when the broadcast is on the new source, not before', async () => {
  const { follow, settled } = aFollower(err(FAILED), ok(ATTACHED));
  await follow(aBroadcast());
  expect(settled()).toBe(0);
  await follow(ATTACHED);
  expect(settled()).toBe(1);
});

import { LiveStore } from '#lib/live/live-store.svelte.ts';
import { WhipLink } from '#lib/audio/whip-link.svelte.ts';
import { createDoor } from '#lib/live/door.ts';
import type { Requests } from '#lib/live/studio-socket.ts';
import type { Problem } from '@loa/shared/protocol/errors';
import type { BroadcastView } from '@loa/shared/protocol/live';
import { err, ok, type Result } from '@loa/shared/result';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { aBroadcast } from '../../../../test/support/zones.ts';
import { SourceFollower } from './source-follower.ts';

const AWAY: Problem = { code: 'unavailable', message: 'not answered' };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('BR17: a new session’s source is attached until the server takes it, and then nothing is said to be wrong any more', async () => {
  const live = new LiveStore(createDoor('http://127.0.0.1:1'));
  const answers: Array<Result<BroadcastView, Problem>> = [err(AWAY), ok(aBroadcast())];
  const asked: unknown[] = [];
  const request = (_event: string, payload: unknown) => {
    asked.push(payload);
    return Promise.resolve(answers.shift());
  };
  Object.assign(live, { request: request as unknown as Requests });
  const link = new WhipLink(live.door, () => 'desk');
  link.state = 'connected';
  link.sourceId = 'new';
  const problems: Array<Problem | null> = [];
  const follower = new SourceFollower(live, link, (problem) => problems.push(problem));

  for (let n = 0; n < 4; n += 1) {
    follower.follow(aBroadcast());
    await vi.advanceTimersByTimeAsync(600);
  }
  expect(asked).toEqual([
    { broadcastId: 'b1', sourceId: 'new' },
    { broadcastId: 'b1', sourceId: 'new' },
  ]);
  expect(problems).toEqual([AWAY, null]);
});

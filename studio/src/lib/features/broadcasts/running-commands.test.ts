import { createDoors } from '#lib/live/doors.svelte.ts';
import { LiveStore } from '#lib/live/live-store.svelte.ts';
import type { Requests } from '#lib/live/studio-socket.ts';
import type { Problem } from '@loa/shared/protocol/errors';
import { err, ok, type Result } from '@loa/shared/result';
import { beforeEach, expect, test } from 'vitest';
import type { OwnBroadcast } from './own-broadcast.svelte.ts';
import { RunningCommands } from './running-commands.ts';

const MINUTE_MS = 60_000;
let asked: number[];
let answer: Result<null, Problem>;
let own: { broadcastId: string; remainingMs: number };
let commands: RunningCommands;

beforeEach(() => {
  asked = [];
  answer = ok(null);
  own = { broadcastId: 'b1', remainingMs: 5 * MINUTE_MS };
  const live = new LiveStore(createDoors(['http://127.0.0.1:1']));
  const request = (_: string, { lifeMs }: { lifeMs: number }) => {
    asked.push(Math.round(lifeMs / MINUTE_MS));
    return Promise.resolve(answer);
  };
  Object.assign(live, { request: request as unknown as Requests, serverNow: () => 0 });
  commands = new RunningCommands(live, own as unknown as OwnBroadcast, () => undefined);
});

test('an emergency that is lengthened twice before the page sees the first one gets both', async () => {
  await Promise.all([commands.extend(10 * MINUTE_MS), commands.extend(10 * MINUTE_MS)]);
  expect(asked).toEqual([15, 25]);
});

test('what was refused, or was another broadcast’s, is not added to', async () => {
  answer = err({ code: 'unavailable', message: '' });
  await commands.extend(10 * MINUTE_MS);
  answer = ok(null);
  await commands.extend(10 * MINUTE_MS);
  own = Object.assign(own, { broadcastId: 'b2' });
  await commands.extend(10 * MINUTE_MS);
  expect(asked).toEqual([15, 15, 15]);
});

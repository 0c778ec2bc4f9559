import { Microphone } from '#lib/audio/microphone.svelte.ts';
import { m } from '#lib/generated/messages/messages.js';
import { createDoors } from '#lib/live/doors.svelte.ts';
import { LiveStore } from '#lib/live/live-store.svelte.ts';
import type { Requests } from '#lib/live/studio-socket.ts';
import type { Problem } from '@loa/shared/protocol/errors';
import { EMPTY_PICTURE } from '#lib/live/picture.ts';
import type { BroadcastView } from '@loa/shared/protocol/live';
import { err, ok, type Result } from '@loa/shared/result';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { aBroadcast } from '../../../../test/support/zones.ts';
import { afterAttach, isSettled } from './presenter-problem.ts';
import { Presenter } from './presenter.svelte.ts';
import { problemHeading } from './problem-text.ts';

const FAILED: Problem = { code: 'internal', message: '' };
const STORED = { source: { kind: 'segment', segmentId: 'g1', durationMs: 60_000 } };

/** A presenter whose emergency b1 runs, and a server that answers every command with `answer`. */
function running(answer: () => Result<null, Problem>) {
  const live = new LiveStore(createDoors(['http://127.0.0.1:1']));
  Object.assign(live, { request: (() => Promise.resolve(answer())) as unknown as Requests });
  live.link = 'connected';
  const show = (view: BroadcastView) => (live.picture = { ...EMPTY_PICTURE, broadcasts: new Map([['b1', view]]) });
  show(aBroadcast(STORED));
  const presenter = new Presenter('emergency', live, new Microphone());
  presenter.broadcastId = 'b1';
  return { presenter, show };
}

beforeEach(() => {
  vi.stubGlobal('sessionStorage', { getItem: () => null, setItem: () => undefined, removeItem: () => undefined });
  return () => vi.unstubAllGlobals();
});

describe('a command that fails while the broadcast runs', () => {
  test.each([
    ['stop', 'Chưa dừng được'],
    ['pause', 'Chưa tạm dừng được'],
    ['unpause', 'Chưa phát tiếp được'],
    ['extend', 'Chưa gia hạn được'],
  ] as const)('%s is said by its name, never as “not started”', async (command, heading) => {
    const { presenter } = running(() => err(FAILED));
    await (command === 'stop' ? presenter.stop() : presenter.commands[command](60_000));
    expect(presenter.running).toBe(true);
    expect(problemHeading(presenter.problem ?? FAILED)).toBe(heading);
  });

  test('is forgotten when a later one succeeds', async () => {
    const answers = [err(FAILED), ok(null)];
    const { presenter } = running(() => answers.shift() ?? err(FAILED));
    await presenter.commands.pause();
    await presenter.commands.pause();
    expect(presenter.problem).toBeNull();
  });

  test('is no reason why nothing is on air when the broadcast has ended, even if answered only then', async () => {
    const { presenter, show } = running(() => err(FAILED));
    await presenter.commands.extend(60_000);
    show(aBroadcast({ ...STORED, phase: 'ended', endReason: 'life-over' }));
    presenter.follow();
    expect(presenter.problem).toBeNull();
    await presenter.commands.extend(60_000);
    presenter.follow();
    expect(presenter.problem).toBeNull();
  });
});

test('a start that fails is said to be that', () => {
  expect(problemHeading(FAILED)).toBe(m.refused_heading());
  expect(isSettled(FAILED, aBroadcast({ phase: 'ended' }))).toBe(false);
});

test('BR24: a pause whose answer was lost has not failed when the programme is seen to be paused', () => {
  expect(isSettled({ ...FAILED, of: 'pause' }, aBroadcast({ paused: true }))).toBe(true);
  expect(isSettled({ ...FAILED, of: 'pause' }, aBroadcast())).toBe(false);
  expect(isSettled({ ...FAILED, of: 'unpause' }, aBroadcast())).toBe(true);
});

test('BR18: an extension whose answer was lost has not failed when the broadcast is seen to end later', async () => {
  const { presenter, show } = running(() => err(FAILED));
  show(aBroadcast({ ...STORED, expiresAt: 60_000 }));
  await presenter.commands.extend(60_000);
  presenter.follow();
  expect(presenter.problem).toMatchObject({ of: 'extend' });
  show(aBroadcast({ ...STORED, expiresAt: 120_000 }));
  presenter.follow();
  expect(presenter.problem).toBeNull();
});

test('BR17: a source that is attached at last takes its own failure away and no other', () => {
  expect(afterAttach(null, FAILED)).toMatchObject({ of: 'attach' });
  expect(afterAttach({ ...FAILED, of: 'attach' }, null)).toBeNull();
  expect(afterAttach({ ...FAILED, of: 'stop' }, null)).toMatchObject({ of: 'stop' });
});

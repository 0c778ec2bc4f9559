import type { MicChain } from '#lib/audio/mic-chain.ts';
import { Microphone } from '#lib/audio/microphone.svelte.ts';
import { createDoors } from '#lib/live/doors.svelte.ts';
import { LiveStore } from '#lib/live/live-store.svelte.ts';
import { EMPTY_PICTURE } from '#lib/live/picture.ts';
import type { Requests } from '#lib/live/studio-socket.ts';
import type { Problem } from '@loa/shared/protocol/errors';
import { err, ok, type Result } from '@loa/shared/result';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { aBroadcast } from '../../../../test/support/zones.ts';
import { Presenter } from './presenter.svelte.ts';
import type { Wish } from './wish.ts';

const WISH: Wish = {
  title: 'Thông báo',
  zones: ['w2'],
  level: 1,
  mode: 'replace',
  authority: 1,
  wait: false,
  source: { kind: 'live' },
  chime: null,
};

/** A press after an earlier broadcast has ended, while the microphone's connection is still being made. */
function pressBeforeSource() {
  const microphone = new Microphone();
  vi.spyOn(microphone, 'open').mockResolvedValue(true);
  microphone.chain = { track: {}, resume: vi.fn(), openGate: vi.fn() } as unknown as MicChain;
  const live = new LiveStore(createDoors(['http://127.0.0.1:1']));
  const asked: string[] = [];
  const request = (event: string) => {
    asked.push(event);
    return Promise.resolve(ok(aBroadcast()));
  };
  Object.assign(live, { request: request as unknown as Requests });
  live.link = 'connected';
  const before = aBroadcast({ broadcastId: 'before', phase: 'ended', endedAt: 2_000, endReason: 'stopped' });
  live.picture = { ...EMPTY_PICTURE, broadcasts: new Map([['before', before]]) };
  const presenter = new Presenter('desk', live, microphone);
  vi.spyOn(presenter.link, 'open').mockReturnValue(undefined);
  const connected = Promise.withResolvers<boolean>();
  vi.spyOn(presenter.link, 'whenConnected').mockReturnValue(connected.promise);
  presenter.link.sourceId = 's1';
  presenter.broadcastId = 'before';
  return { live, asked, presenter, press: presenter.start(WISH), connected };
}

beforeEach(() => {
  vi.stubGlobal('sessionStorage', { getItem: () => null, setItem: () => undefined, removeItem: () => undefined });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe('a press whose microphone is still being connected', () => {
  test('shows that it starts, not what was on air before', async () => {
    const { presenter, press, connected } = pressBeforeSource();
    expect(presenter.air.kind).toBe('starting');
    connected.resolve(false);
    await press;
    expect(presenter.air.kind).toBe('idle');
    expect(presenter.problem?.code).toBe('unavailable');
  });

  test('is not begun: the page shows what it is set to until it is sent, and what is sent from then on', async () => {
    const { live, presenter, press, connected } = pressBeforeSource();
    expect([presenter.running, presenter.begun]).toEqual([true, false]);
    const answer = Promise.withResolvers<Result<unknown, Problem>>();
    const request = vi.fn(() => answer.promise);
    Object.assign(live, { request: request as unknown as Requests });
    connected.resolve(true);
    await vi.waitUntil(() => request.mock.calls.length > 0);
    expect([presenter.view, presenter.begun, presenter.speaks]).toEqual([null, true, true]);
    answer.resolve(err({ code: 'forbidden', message: '' }));
    await press;
    expect([presenter.running, presenter.begun]).toEqual([false, false]);
  });

  test('is taken back by a stop, though not by its own second click: nothing is sent, and the next press is', async () => {
    const { live, asked, presenter, press, connected } = pressBeforeSource();
    expect(presenter.stoppable).toBe(false);
    live.nowMs = live.serverNow() + 1_000;
    expect(presenter.stoppable).toBe(true);
    await presenter.stop();
    expect(presenter.air.kind).toBe('idle');
    connected.resolve(true);
    await press;
    expect(asked).toEqual([]);
    await presenter.start(WISH);
    expect(asked).toEqual(['broadcast:start']);
  });
});

import { Microphone } from '#lib/audio/microphone.svelte.ts';
import { m } from '#lib/generated/messages/messages.js';
import { createDoors, type Doors } from '#lib/live/doors.svelte.ts';
import { LiveStore } from '#lib/live/live-store.svelte.ts';
import { EMPTY_PICTURE } from '#lib/live/picture.ts';
import type { Requests } from '#lib/live/studio-socket.ts';
import type { Problem } from '@loa/shared/protocol/errors';
import type { BroadcastView, StartRequest } from '@loa/shared/protocol/live';
import { err, ok, type Result } from '@loa/shared/result';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { aBroadcast } from '../../../../test/support/zones.ts';
import { airTitle } from './air-text.ts';
import { Presenter } from './presenter.svelte.ts';
import type { Wish } from './wish.ts';

const NO_ANSWER: Problem = { code: 'unavailable', message: 'nobody answered' };
const WISH: Wish = {
  title: 'Thông báo',
  zones: ['w2'],
  level: 3,
  mode: 'replace',
  authority: 3,
  wait: false,
  source: { kind: 'segment', segmentId: 'g1', durationMs: 60_000 },
  chime: null,
};

/** A server that a test answers for: over the socket with `answers`, over HTTP with what it `knows`. */
function aServer() {
  const asked: Array<{ event: string; payload: unknown }> = [];
  const answers = new Map<string, () => Result<unknown, Problem>>();
  const knows = new Map<string, BroadcastView>();
  const looked: string[] = [];
  const get = (path: string) => {
    looked.push(path);
    const view = knows.get(decodeURIComponent(path.split('/').at(-1) ?? ''));
    return Promise.resolve(view ? ok(view) : err<Problem>({ code: 'not-found', message: '' }));
  };
  const live = new LiveStore({ ...createDoors(['http://127.0.0.1:1']), get: get as Doors['get'] });
  const request = (event: string, payload: unknown) => {
    asked.push({ event, payload });
    return Promise.resolve(answers.get(event)?.() ?? err(NO_ANSWER));
  };
  Object.assign(live, { request: request as unknown as Requests });
  live.link = 'connected';
  return {
    live,
    answers,
    knows,
    looked,
    asked: (event: string) => asked.filter((one) => one.event === event).map((one) => one.payload),
    show: (...views: readonly BroadcastView[]) =>
      (live.picture = { ...EMPTY_PICTURE, broadcasts: new Map(views.map((view) => [view.broadcastId, view])) }),
  };
}

function startedId(server: ReturnType<typeof aServer>): string {
  return (server.asked('broadcast:start')[0] as StartRequest).id;
}

/** The page is loaded anew. */
function reload({ live }: ReturnType<typeof aServer>, slot: string): Presenter {
  const presenter = new Presenter(slot, live, new Microphone());
  presenter.restore();
  return presenter;
}

/** A press that nobody answers, until the page gives up. */
async function pressUnanswered() {
  const server = aServer();
  const presenter = new Presenter('emergency', server.live, new Microphone());
  const press = presenter.start(WISH);
  await vi.runAllTimersAsync();
  await press;
  return { server, presenter, id: startedId(server) };
}

/** What follows of itself, and the answers to it. */
async function settle(presenter: Presenter): Promise<void> {
  presenter.tick();
  await vi.advanceTimersByTimeAsync(0);
  presenter.tick();
}

beforeEach(() => {
  vi.useFakeTimers();
  const kept = new Map<string, string>();
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('a start that nobody answers', () => {
  test('is not forgotten: the page says that it does not know, and keeps the button to stop', async () => {
    const { server, presenter } = await pressUnanswered();
    server.live.link = 'lost';
    expect(presenter.air.kind).toBe('unsure');
    expect([presenter.running, presenter.stoppable, presenter.problem]).toEqual([true, true, null]);
  });

  test('is over when it is given up and the server has nothing of it, though the database is away', async () => {
    const { server, presenter } = await pressUnanswered();
    Object.assign(server.live.door, { get: () => Promise.resolve(err(NO_ANSWER)) });
    await presenter.stop();
    expect(presenter.running).toBe(true);
    await settle(presenter);
    expect(presenter.running).toBe(false);
  });

  test('is taken up where the server has it, also after a reload', async () => {
    const { server, presenter, id } = await pressUnanswered();
    const reloaded = reload(server, 'emergency');
    server.show(aBroadcast({ broadcastId: id, source: WISH.source }));
    for (const one of [presenter, reloaded]) {
      await settle(one);
      expect([one.broadcastId, one.running, one.stoppable, one.held]).toEqual([id, true, true, false]);
    }
  });

  test('and not given up yet is held by a page that is loaded anew meanwhile; an answer frees it', async () => {
    const server = aServer();
    const presenter = new Presenter('desk', server.live, new Microphone());
    const press = presenter.start(WISH);
    await vi.advanceTimersByTimeAsync(0);
    const reloaded = reload(server, 'desk');
    expect([reloaded.held, await reloaded.arm(), reloaded.running]).toEqual([true, false, true]);
    server.live.link = 'lost';
    expect(reloaded.air.kind).toBe('unsure');
    server.live.link = 'connected';
    server.show(aBroadcast({ broadcastId: startedId(server) }));
    await settle(reloaded);
    expect([reloaded.air.kind, server.asked('broadcast:attach')]).toEqual(['held', []]);

    server.answers.set('broadcast:start', () => ok(aBroadcast({ broadcastId: startedId(server) })));
    await vi.runAllTimersAsync();
    await press;
    const later = reload(server, 'desk');
    expect(later.held).toBe(false);
  });

  test('that the server does not have after a reload is said to be off air', async () => {
    const { server } = await pressUnanswered();
    const reloaded = reload(server, 'emergency');
    await settle(reloaded);
    expect([reloaded.running, reloaded.problem?.code]).toEqual([false, 'unavailable']);
  });

  test('of a microphone stays cut on the server’s broadcast until its presenter presses', async () => {
    const { server, presenter, id } = await pressUnanswered();
    server.show(aBroadcast({ broadcastId: id }));
    await settle(presenter);
    expect(presenter.air.kind).toBe('held');
    expect(await presenter.arm()).toBe(false);
    expect(server.asked('broadcast:attach')).toEqual([]);
    await presenter.speak();
    expect(presenter.air.kind).toBe('connecting');
  });

  test('that the server does not have is said to be off air; carried out afterwards, it is stopped on sight', async () => {
    const { server, presenter, id } = await pressUnanswered();
    await settle(presenter);
    expect([presenter.running, presenter.problem]).toEqual([false, NO_ANSWER]);
    server.show(aBroadcast({ broadcastId: id }));
    await settle(presenter);
    expect(server.asked('broadcast:stop')).toContainEqual({ broadcastId: id });
  });

  test('is shown as what it is when its broadcast appears before the answer is given up', async () => {
    const server = aServer();
    const presenter = new Presenter('desk', server.live, new Microphone());
    const press = presenter.start(WISH);
    await vi.advanceTimersByTimeAsync(0);
    server.show(aBroadcast({ broadcastId: startedId(server) }));
    expect([presenter.air.kind, presenter.stoppable]).toEqual(['connecting', true]);
    await vi.runAllTimersAsync();
    await press;
    expect([presenter.air.kind, presenter.held]).toEqual(['connecting', false]);
  });

  test('and that its presenter gives up is sent no more, and stopped where the server has it', async () => {
    const server = aServer();
    const presenter = new Presenter('desk', server.live, new Microphone());
    const press = presenter.start(WISH);
    await vi.advanceTimersByTimeAsync(0);
    await presenter.stop();
    expect(presenter.air.kind).toBe('cut');
    await vi.runAllTimersAsync();
    await press;
    expect(server.asked('broadcast:start')).toHaveLength(1);
    server.show(aBroadcast({ broadcastId: startedId(server) }));
    await settle(presenter);
    expect(server.asked('broadcast:stop')).toEqual([{ broadcastId: startedId(server) }]);
  });
});

describe('the one microphone of the tab', () => {
  test('is an emergency’s while it runs, and the desk’s again while it is held or cut', async () => {
    const { server, presenter, id } = await pressUnanswered();
    server.show(aBroadcast({ broadcastId: id }));
    await settle(presenter);
    expect([presenter.running, presenter.held, presenter.takesMicrophone]).toEqual([true, true, false]);
    await presenter.speak();
    expect(presenter.takesMicrophone).toBe(true);
    await presenter.stop();
    expect([presenter.running, presenter.cut, presenter.takesMicrophone]).toEqual([true, true, false]);
  });

  test('is not taken by a stored message', async () => {
    const { server, presenter, id } = await pressUnanswered();
    server.show(aBroadcast({ broadcastId: id, source: WISH.source }));
    await settle(presenter);
    expect([presenter.running, presenter.takesMicrophone]).toEqual([true, false]);
  });
});

describe('a start that is refused', () => {
  test('is over, with its reason', async () => {
    const server = aServer();
    const refused: Problem = { code: 'refused', message: '', details: { code: 'zones-taken' } };
    server.answers.set('broadcast:start', () => err(refused));
    const presenter = new Presenter('desk', server.live, new Microphone());
    await presenter.start(WISH);
    expect([presenter.running, presenter.broadcastId, presenter.problem]).toEqual([false, null, refused]);
  });

  test('by a log that cannot say what it keeps is looked for like one without an answer', async () => {
    const server = aServer();
    server.answers.set('broadcast:start', () => err({ code: 'refused', message: '', details: { code: 'log-away' } }));
    const presenter = new Presenter('desk', server.live, new Microphone());
    await presenter.start(WISH);
    expect([presenter.running, presenter.held]).toEqual([true, true]);
  });
});

describe('a broadcast that has ended', () => {
  test('is not asked for again when newer ones have pushed it out of the picture', async () => {
    const server = aServer();
    const presenter = new Presenter('desk', server.live, new Microphone());
    server.answers.set('broadcast:start', () => ok(aBroadcast({ broadcastId: startedId(server) })));
    await presenter.start(WISH);
    const ended = aBroadcast({ broadcastId: startedId(server), phase: 'ended', endedAt: 2_000, endReason: 'stopped' });
    server.knows.set(ended.broadcastId, ended);
    server.show(ended);
    await settle(presenter);
    for (let n = 0; n < 5; n++) {
      server.show();
      await settle(presenter);
    }
    expect(server.looked).toEqual([]);
    expect(presenter.running).toBe(false);
  });
});

describe('a page that is loaded anew', () => {
  test('does not offer a new start while it cannot know what became of its broadcast', async () => {
    const server = aServer();
    const presenter = new Presenter('desk', server.live, new Microphone());
    server.answers.set('broadcast:start', () => ok(aBroadcast({ broadcastId: startedId(server) })));
    await presenter.start(WISH);
    server.show();
    server.live.link = 'lost';
    const reloaded = reload(server, 'desk');
    expect([reloaded.air.kind, reloaded.running, reloaded.stoppable]).toEqual(['unknown', true, true]);
  });
});

describe('a stop', () => {
  test('that stays without an answer cuts the microphone after a second, and is said again', async () => {
    const server = aServer();
    const presenter = new Presenter('desk', server.live, new Microphone());
    const view = () => aBroadcast({ broadcastId: startedId(server) });
    server.answers.set('broadcast:start', () => ok(view()));
    await presenter.start(WISH);
    const closed = vi.spyOn(presenter.link, 'close');
    Object.assign(server.live, { request: () => new Promise(() => undefined) });
    void presenter.stop();
    await vi.advanceTimersByTimeAsync(900);
    expect(closed).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(200);
    expect(closed).toHaveBeenCalled();
    expect(presenter.air.kind).toBe('cut');
  });

  test('is not taken back by a reload', async () => {
    const server = aServer();
    const presenter = new Presenter('desk', server.live, new Microphone());
    const view = () => aBroadcast({ broadcastId: startedId(server) });
    server.answers.set('broadcast:start', () => ok(view()));
    await presenter.start(WISH);
    await presenter.stop();
    const reloaded = reload(server, 'desk');
    expect([reloaded.air.kind, await reloaded.arm()]).toEqual(['cut', false]);
  });

  test.each(['unanswered', 'not yet answered'])(
    '%s is not taken back by a reload, of a segment neither',
    async (when) => {
      const server = aServer();
      const presenter = new Presenter('emergency', server.live, new Microphone());
      const view = () => aBroadcast({ broadcastId: startedId(server), source: WISH.source });
      server.answers.set('broadcast:start', () => ok(view()));
      await presenter.start(WISH);
      const press = presenter.stop();
      if (when === 'unanswered') await press;
      const reloaded = reload(server, 'emergency');
      await press;
      expect(airTitle(reloaded.air)).toBe(m.air_cut_segment());
      const before = server.asked('broadcast:stop').length;
      await settle(reloaded);
      expect(server.asked('broadcast:stop').slice(before)).toEqual([{ broadcastId: startedId(server) }]);
      expect(reloaded.air.kind).toBe('cut');
    },
  );

  test('that is refused leaves the broadcast to its presenter, also after a reload', async () => {
    const server = aServer();
    const presenter = new Presenter('desk', server.live, new Microphone());
    server.answers.set('broadcast:start', () => ok(aBroadcast({ broadcastId: startedId(server) })));
    server.answers.set('broadcast:stop', () => err({ code: 'too-many-requests', message: '' }));
    await presenter.start(WISH);
    await presenter.stop();
    const reloaded = reload(server, 'desk');
    expect([presenter.air.kind, reloaded.air.kind]).toEqual(['connecting', 'connecting']);
  });
});

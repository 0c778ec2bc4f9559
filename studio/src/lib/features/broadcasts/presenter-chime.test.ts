import type { ChimeTurn } from '#lib/audio/chime-gate.ts';
import { THREE_TONES, type Chime } from '#lib/audio/chime.ts';
import type { MicChain } from '#lib/audio/mic-chain.ts';
import { Microphone } from '#lib/audio/microphone.svelte.ts';
import { createDoors } from '#lib/live/doors.svelte.ts';
import { LiveStore } from '#lib/live/live-store.svelte.ts';
import { EMPTY_PICTURE } from '#lib/live/picture.ts';
import type { Requests } from '#lib/live/studio-socket.ts';
import type { BroadcastView, StartRequest } from '@loa/shared/protocol/live';
import { err, ok, type Result } from '@loa/shared/result';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
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
  chime: THREE_TONES,
};

function aMicrophone() {
  const turn: ChimeTurn = {
    play: vi.fn((chime: Chime) => chime.lengthMs),
    playEncoded: vi.fn((encoded: ArrayBuffer) =>
      encoded.byteLength > 0 ? Promise.resolve(3_000) : Promise.reject(new DOMException('no sound', 'EncodingError')),
    ),
    hold: vi.fn(),
    release: vi.fn(),
    hush: vi.fn(),
    end: vi.fn(),
  };
  const chain = { track: {}, resume: vi.fn(), awaitChime: vi.fn(() => turn), openGate: vi.fn() };
  return { turn, chain, opened: chain as unknown as MicChain };
}

/** A presenter with an open microphone, whose chime plays in front of the voice. */
async function speakAfterChime(first: Partial<BroadcastView> = {}, wish = WISH) {
  const { turn, chain, opened } = aMicrophone();
  const microphone = new Microphone();
  microphone.chain = opened;
  vi.spyOn(microphone, 'open').mockResolvedValue(true);
  const live = new LiveStore({
    ...createDoors(['http://127.0.0.1:1']),
    audio: (segmentId) =>
      Promise.resolve(
        segmentId === 'deleted'
          ? err({ code: 'not-found', message: 'no such segment' })
          : ok(new ArrayBuffer(segmentId === 'broken' ? 0 : 8)),
      ),
  });
  const stopped = Promise.withResolvers<Result<unknown, never>>();
  let id = '';
  const request = (event: string, payload: unknown) => {
    if (event !== 'broadcast:start') return stopped.promise;
    id = (payload as StartRequest).id;
    return Promise.resolve(ok(aBroadcast({ ...first, broadcastId: id })));
  };
  Object.assign(live, { request: request as unknown as Requests });
  live.link = 'connected';
  const presenter = new Presenter('desk', live, microphone);
  const sent = vi.spyOn(presenter.link, 'open').mockReturnValue(undefined);
  presenter.link.state = 'connected';
  vi.spyOn(presenter.link, 'whenConnected').mockResolvedValue(true);
  presenter.link.sourceId = 's1';
  await presenter.start(wish);
  const become = (change: Partial<BroadcastView>, of = presenter) => {
    live.picture = { ...EMPTY_PICTURE, broadcasts: new Map([[id, aBroadcast({ ...change, broadcastId: id })]]) };
    of.follow();
  };
  const end = () => become({ phase: 'ended', endedAt: 2_000, endReason: 'stopped' });
  return { presenter, microphone, live, chain, turn, sent, stopped, become, end };
}

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

test('a stop silences the chime at the press and opens the microphone for the next start when it is answered', async () => {
  const { presenter, live, turn, stopped } = await speakAfterChime();
  expect(presenter.chimeUntilMs).toBeGreaterThan(live.serverNow());
  const stopping = presenter.stop();
  expect(turn.hush).toHaveBeenCalledOnce();
  expect(turn.end).not.toHaveBeenCalled();
  expect(presenter.chimeUntilMs).toBe(0);
  stopped.resolve(ok(null));
  await stopping;
  expect(turn.end).toHaveBeenCalledOnce();
});

test('a broadcast that is ended by somebody else takes its chime with it', async () => {
  const { presenter, turn, end } = await speakAfterChime();
  end();
  expect(turn.end).toHaveBeenCalledOnce();
  expect(presenter.chimeUntilMs).toBe(0);
});

test('a start without a chime after one with a chime is heard at once', async () => {
  const { presenter, chain, end } = await speakAfterChime();
  end();
  await presenter.start({ ...WISH, chime: null });
  expect(chain.openGate).toHaveBeenCalledOnce();
  expect(presenter.chimeUntilMs).toBe(0);
});

test('a desk that is silent under an emergency of this tab plays no chime into it', async () => {
  const { presenter, chain, end } = await speakAfterChime();
  end();
  presenter.silenced = true;
  await presenter.start(WISH);
  expect(chain.awaitChime).toHaveBeenCalledOnce();
});

test('a broadcast that has waited for its zones begins with its chime, and the microphone is shut until then', async () => {
  const { presenter, live, turn, become } = await speakAfterChime({ phase: 'waiting' });
  expect(turn.hold).toHaveBeenCalled();
  expect(turn.play).not.toHaveBeenCalled();
  become({ phase: 'waiting' });
  expect(turn.play).not.toHaveBeenCalled();
  become({ phase: 'on-air' });
  become({ phase: 'on-air' });
  await vi.waitFor(() => expect(presenter.chimeUntilMs).toBeGreaterThan(live.serverNow()));
  expect(turn.play).toHaveBeenCalledOnce();
});

test('one that is given up while it waits leaves the microphone open', async () => {
  const { turn, end } = await speakAfterChime({ phase: 'waiting' });
  end();
  expect(turn.end).toHaveBeenCalledOnce();
});

test('another microphone, chosen while it waits, is shut before anything of it is sent, and begins with the chime', async () => {
  const { presenter, microphone, sent, turn, become } = await speakAfterChime({ phase: 'waiting' });
  const another = aMicrophone();
  microphone.chain = another.opened;
  become({ phase: 'waiting' });
  expect(sent).toHaveBeenLastCalledWith(another.chain.track);
  const [shutAt = Infinity] = another.chain.awaitChime.mock.invocationCallOrder;
  expect(shutAt).toBeLessThan(sent.mock.invocationCallOrder.at(-1) ?? 0);
  expect(another.turn.hold).toHaveBeenCalled();
  become({ phase: 'on-air' });
  await vi.waitFor(() => expect(presenter.chimeUntilMs).toBeGreaterThan(0));
  expect([vi.mocked(turn.play), vi.mocked(another.turn.play)].map(({ mock }) => mock.calls.length)).toEqual([0, 1]);
});

test('a microphone that the browser holds back is waited for', async () => {
  const { microphone, turn, become } = await speakAfterChime({ phase: 'waiting' });
  microphone.asleep = true;
  become({ phase: 'on-air' });
  expect(turn.play).not.toHaveBeenCalled();
  microphone.asleep = false;
  become({ phase: 'on-air' });
  expect(turn.play).toHaveBeenCalledOnce();
});

test('another microphone, chosen while it waits and the server is away, stays shut', async () => {
  const { presenter, microphone, live, become } = await speakAfterChime({ phase: 'waiting' });
  become({ phase: 'waiting' });
  live.link = 'lost';
  const another = aMicrophone();
  microphone.chain = another.opened;
  presenter.follow();
  expect(another.turn.hold).toHaveBeenCalledOnce();
});

test('one whose microphone is away when its turn comes begins with the chime when that is back', async () => {
  const { microphone, become } = await speakAfterChime({ phase: 'waiting' });
  microphone.chain = null;
  become({ phase: 'on-air' });
  const back = aMicrophone();
  microphone.chain = back.opened;
  become({ phase: 'on-air' });
  expect(back.turn.play).toHaveBeenCalledOnce();
});

test('another microphone in the middle of the chime is heard at once, and the page does not say that the chime plays', async () => {
  const { presenter, microphone, become } = await speakAfterChime();
  const another = aMicrophone();
  microphone.chain = another.opened;
  become({});
  expect([another.chain.awaitChime.mock.calls.length, presenter.chimeUntilMs]).toEqual([0, 0]);
});

test.each(['waits', 'has its turn'])('a page that is loaded anew begins with the chime if it %s then', async (how) => {
  const { live, become } = await speakAfterChime({ phase: 'waiting' });
  const microphone = new Microphone();
  vi.spyOn(microphone, 'open').mockResolvedValue(true);
  const reloaded = () => {
    const presenter = new Presenter('desk', live, microphone);
    vi.spyOn(presenter.link, 'open').mockImplementation(() => void (presenter.link.state = 'connected'));
    presenter.restore();
    return presenter;
  };
  const { chain, turn, opened } = aMicrophone();
  microphone.chain = opened;
  const presenter = reloaded();
  await vi.waitFor(() => expect(chain.awaitChime).toHaveBeenCalledOnce());
  if (how === 'waits') {
    become({ phase: 'waiting' }, presenter);
    expect(turn.hold).toHaveBeenCalled();
  }
  become({ phase: 'on-air' }, presenter);
  // Until its own sound is that of the broadcast nobody would hear it.
  expect(turn.play).not.toHaveBeenCalled();
  presenter.link.sourceId = 's1';
  become({ phase: 'on-air' }, presenter);
  expect(turn.play).toHaveBeenCalledExactlyOnceWith(THREE_TONES);
  // Played once, whatever is loaded anew after it.
  become({ phase: 'on-air' }, reloaded());
  expect(turn.play).toHaveBeenCalledOnce();
});

test.each(['deleted', 'broken'])('a chime that is %s keeps nobody from speaking, and is told', async (segmentId) => {
  const { presenter, turn } = await speakAfterChime({}, { ...WISH, chime: { segmentId } });
  await vi.waitFor(() => expect(presenter.chimeFailed).toBe(true));
  expect(turn.end).toHaveBeenCalledOnce();
  expect(presenter.chimeUntilMs).toBe(0);
});

test('a chime of the library that is played is no failure, nor is the next start after one that was not', async () => {
  const played = await speakAfterChime({}, { ...WISH, chime: { segmentId: 'bell' } });
  await vi.waitFor(() => expect(played.presenter.chimeUntilMs).toBeGreaterThan(played.live.serverNow()));
  expect(played.presenter.chimeFailed).toBe(false);

  const failed = await speakAfterChime({}, { ...WISH, chime: { segmentId: 'deleted' } });
  await vi.waitFor(() => expect(failed.presenter.chimeFailed).toBe(true));
  failed.end();
  await failed.presenter.start(WISH);
  expect(failed.presenter.chimeFailed).toBe(false);
});

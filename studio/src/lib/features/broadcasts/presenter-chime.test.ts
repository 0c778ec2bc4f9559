import type { ChimeTurn } from '#lib/audio/chime-gate.ts';
import { THREE_TONES, type Chime } from '#lib/audio/chime.ts';
import type { MicChain } from '#lib/audio/mic-chain.ts';
import { Microphone } from '#lib/audio/microphone.svelte.ts';
import { createDoor } from '#lib/live/door.ts';
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

/** A presenter with an open microphone, whose chime plays in front of the voice. */
async function speakAfterChime(first: Partial<BroadcastView> = {}, wish = WISH) {
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
  const microphone = new Microphone();
  microphone.chain = chain as unknown as MicChain;
  vi.spyOn(microphone, 'open').mockResolvedValue(true);
  const live = new LiveStore({
    ...createDoor('http://127.0.0.1:1'),
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
  vi.spyOn(presenter.link, 'open').mockReturnValue(undefined);
  vi.spyOn(presenter.link, 'whenConnected').mockResolvedValue(true);
  presenter.link.sourceId = 's1';
  await presenter.start(wish);
  const become = (change: Partial<BroadcastView>) => {
    live.picture = { ...EMPTY_PICTURE, broadcasts: new Map([[id, aBroadcast({ ...change, broadcastId: id })]]) };
    presenter.follow();
  };
  const end = () => become({ phase: 'ended', endedAt: 2_000, endReason: 'stopped' });
  return { presenter, live, chain, turn, stopped, become, end };
}

beforeEach(() => {
  vi.stubGlobal('sessionStorage', { getItem: () => null, setItem: () => undefined, removeItem: () => undefined });
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

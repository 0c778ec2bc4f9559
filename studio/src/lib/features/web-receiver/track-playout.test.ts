import { steadyNow } from '#lib/live/steady-clock.ts';
import type { PlayoutSettings } from '@loa/shared/playout/playout-engine';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { aSilentPage } from '../../../../test/support/page-sound.ts';
import { TrackPlayout } from './track-playout.ts';

const VOLUMES = { volume: 100, emergencyVolume: 100, muted: false };
const OFFSET_MS = 3_600_000;

beforeEach(() => {
  vi.useFakeTimers();
  aSilentPage();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A bus as a browser has it, which takes no target above four seconds. */
function aBus() {
  let target: number | null = null;
  return {
    track: {},
    getContributingSources: () => [],
    getStats: () => Promise.resolve(new Map()),
    get jitterBufferTarget() {
      return target;
    },
    set jitterBufferTarget(ms: number | null) {
      if (ms !== null && (ms < 0 || ms > 4_000)) throw new RangeError('jitterBufferTarget');
      target = ms;
    },
  };
}

function aPlayout(settings: PlayoutSettings) {
  const nothing = () => undefined;
  const playout = new TrackPlayout(new AudioContext(), settings, {
    onPilot: nothing,
    onProgress: nothing,
    onFailed: nothing,
  });
  const attach = () => {
    const bus = aBus();
    const receiver = bus as unknown as RTCRtpReceiver;
    playout.attach({ control: receiver, buses: [receiver] });
    return bus;
  };
  const after = async (ms: number) => {
    await vi.advanceTimersByTimeAsync(ms);
    playout.tick(OFFSET_MS);
  };
  return { playout, attach, after };
}

test('PO31: the browser is told of a delay that is ordered while it plays, and while it moves', async () => {
  const { playout, attach, after } = aPlayout({ ...VOLUMES, playoutDelayMs: 60 });
  const bus = attach();
  playout.tick(null);
  expect(bus.jitterBufferTarget).toBe(60);
  const fromMs = steadyNow() + OFFSET_MS + 1_000;
  playout.configure({ ...VOLUMES, playoutDelayMs: 200, delayMove: { previousMs: 60, fromMs } });
  await after(500);
  expect(bus.jitterBufferTarget).toBe(60);
  await after(35_500);
  expect(bus.jitterBufferTarget).toBe(130);
  const next = attach();
  await after(50);
  expect(next.jitterBufferTarget).toBe(130);
  await after(60_000);
  expect(next.jitterBufferTarget).toBe(200);
  playout.configure({ ...VOLUMES, playoutDelayMs: 100 });
  await after(50);
  expect(next.jitterBufferTarget).toBe(100);
  playout.close();
});

test('a delay of more than a browser takes is as much as it takes', async () => {
  const { playout, attach, after } = aPlayout({ ...VOLUMES, playoutDelayMs: 5_000 });
  const bus = attach();
  await after(50);
  expect(bus.jitterBufferTarget).toBe(4_000);
  playout.close();
});

test('PO93: the way to the loudspeaker is part of the delay and does not come on top of it', async () => {
  aSilentPage(50, 0.04);
  const { playout, attach, after } = aPlayout({ ...VOLUMES, playoutDelayMs: 200 });
  const bus = attach();
  await after(50);
  expect(bus.jitterBufferTarget).toBe(160);
  playout.configure({ ...VOLUMES, playoutDelayMs: 30 });
  await after(50);
  expect(bus.jitterBufferTarget).toBe(0);
  playout.close();
});

import { steadyNow } from '#lib/live/steady-clock.ts';
import type { PlayoutSettings } from '@loa/shared/playout/playout-engine';
import type { Assignment } from '@loa/shared/protocol/receivers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { aSilentPage } from '../../../../test/support/page-sound.ts';
import type { PageStats } from './page-playout.ts';
import { behindMs } from './page-report.ts';
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
  /** In s, of the 48 samples of each ms that it has played. */
  let [waited, played] = [0, 0];
  return {
    track: {},
    getContributingSources: () => [],
    getStats: () =>
      Promise.resolve(
        new Map([['in', { type: 'inbound-rtp', jitterBufferDelay: waited, jitterBufferEmittedCount: played }]]),
      ),
    /** Plays for so long with so much delay. */
    play(ms: number, delayMs: number) {
      played += ms * 48;
      waited += (ms * 48 * delayMs) / 1_000;
    },
    get jitterBufferTarget() {
      return target;
    },
    set jitterBufferTarget(ms: number | null) {
      if (ms !== null && (ms < 0 || ms > 4_000)) throw new RangeError('jitterBufferTarget');
      target = ms;
    },
  };
}

function aPlayout(settings: PlayoutSettings, context = new AudioContext()) {
  const nothing = () => undefined;
  const shown: PageStats[] = [];
  const playout = new TrackPlayout(context, settings, {
    onPilot: nothing,
    onProgress: ({ stats }) => void shown.push(stats),
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
  return { playout, attach, after, shown };
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

test('PO74: once a delay was lowered the page is not behind by what it played before, nor by what is still ordered meanwhile', async () => {
  const order = { playoutDelayMs: 60, delayMove: { previousMs: 200, fromMs: 0 } };
  const { playout, attach, after, shown } = aPlayout({ ...VOLUMES, ...order });
  const bus = attach();
  const behind = () => {
    const stats = shown.at(-1);
    if (!stats) throw new Error('it has shown nothing');
    const rest = { receiverId: '', zoneId: '', path: [], whepUrl: '', doors: [], serverTimeMs: 0 };
    const assignment = { ...VOLUMES, ...order, ...rest } as unknown as Assignment;
    return behindMs({ nowMs: steadyNow() + OFFSET_MS, stats, assignment });
  };
  // An hour of 200 ms, until the order; its move is over by now.
  bus.play(3_600_000, 200);
  await after(1_100);
  await after(50);
  expect(behind()).toBe(140);
  bus.play(1_100, 60);
  await after(1_100);
  await after(50);
  expect(behind()).toBe(0);
  playout.close();
});

test('PO74: what the way from the browser to the ear takes is part of the delay', async () => {
  const context = Object.assign(new AudioContext(), { baseLatency: 0.01, outputLatency: 0.03 });
  const { playout, attach, after, shown } = aPlayout({ ...VOLUMES, playoutDelayMs: 200 }, context);
  const bus = attach();
  bus.play(1_100, 160);
  await after(1_100);
  await after(50);
  expect(bus.jitterBufferTarget).toBe(160);
  expect(shown.at(-1)?.delayMs).toBe(200);
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

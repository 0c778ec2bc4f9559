import type { ReceiverId, ZoneId } from '@loa/shared/ids';
import { err, ok } from '@loa/shared/result';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { localNow } from '../session/server-clock.ts';
import { FULL_ACCESS } from './media-access.ts';
import { CONTROL_BUS, MediaPath } from './media-path.ts';
import type { WhepRequest } from './whep-session.ts';

const PACKET = { sequence: 1, timestamp: 0, csrc: 1, marker: false, payload: new Uint8Array(0) };
const ZONE = 'a' as ZoneId;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A receiver that hears a broadcast over its first path; the second one brings pilots so long after those of the first. */
async function setUp({ hasSecond, secondAt = 500 }: { hasSecond: boolean; secondAt?: number }) {
  /** Whether what the nodes send arrives, and whether the first one's door answers. */
  const links = { first: true, second: true, door: false };
  const requests: WhepRequest[] = [];
  let secondHeardAt: number | null = null;
  const asked: Array<() => boolean> = [];
  const path = new MediaPath({
    token: '',
    log: pino({ level: 'silent' }),
    access: FULL_ACCESS,
    ipv6: false,
    join(request) {
      requests.push(request);
      if (requests.length === 1) return Promise.resolve(ok({ pathId: '1', close: () => Promise.resolve() }));
      // A node that stands still answers nothing; one that works, that it is under way.
      if (links.door) request.onAnswered(String(requests.length));
      return new Promise((resolve) =>
        request.signal.addEventListener('abort', () => resolve(err({ reason: 'closed', detail: 'given up' }))),
      );
    },
    isPilot: () => true,
    onPacket: () => undefined,
    nextSession: () => requests.length + 1,
    onLeft: () => undefined,
    onState: () => undefined,
    witnessHeardAtMs: () => secondHeardAt,
    onStuck: (isStill) => void asked.push(isStill),
  });
  const bring = (bus: string) => links.first && requests[0]?.onArrival(bus, PACKET);
  const timers = [setInterval(() => bring(ZONE), 20), setInterval(() => bring(CONTROL_BUS), 1_000)];
  setTimeout(() => {
    const hear = () => void (links.second && hasSecond && (secondHeardAt = localNow()));
    hear();
    timers.push(setInterval(hear, 1_000));
  }, secondAt);
  path.follow({
    receiverId: 'r' as ReceiverId,
    zoneId: ZONE,
    path: [{ zoneId: ZONE, name: '' }],
    whepUrl: 'http://door.test/whep/receivers/r',
    playoutDelayMs: 60,
    volume: 100,
    emergencyVolume: 100,
    muted: false,
    doors: [],
    serverTimeMs: 0,
  });
  await vi.advanceTimersByTimeAsync(5_050);
  expect(path.state).toBe('up');
  const close = async () => {
    for (const timer of timers) clearInterval(timer);
    await path.close();
  };
  return { links, path, asked, close };
}

const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('ND50: a first path that falls silent while the second one speaks', () => {
  it('is given up for another node as soon as silence counts as such', async () => {
    const { links, asked, close } = await setUp({ hasSecond: true });
    links.first = false;
    await wait(950);
    expect(asked).toHaveLength(0);
    await wait(250);
    expect(asked.map((isStill) => isStill())).toEqual([true]);
    await close();
  });

  it('is given up also when that speaks a little later', async () => {
    const { links, asked, close } = await setUp({ hasSecond: true, secondAt: 200 });
    links.first = false;
    // The pilot of 150 ms later says nothing, the next one comes at 1,150.
    await wait(1_200);
    expect(asked).toHaveLength(0);
    await wait(150);
    expect(asked).toHaveLength(1);
    await close();
  });

  it('for 900 ms stays where it is', async () => {
    const { links, path, asked, close } = await setUp({ hasSecond: true });
    links.first = false;
    await wait(900);
    links.first = true;
    await wait(10_000);
    expect([path.state, asked]).toEqual(['up', []]);
    await close();
  });

  it('together with it, for as long as that is no witness: nobody goes elsewhere, also after more than a second', async () => {
    const { links, path, asked, close } = await setUp({ hasSecond: true });
    links.first = links.second = false;
    await wait(1_450);
    links.first = links.second = true;
    expect(path.state).toBe('lost');
    await wait(10_000);
    expect([path.state, asked]).toEqual(['up', []]);
    await close();
  });
});

describe('ND51: a path that falls silent, without a second one', () => {
  it('is given up for another node when the own one does not answer the new join', async () => {
    const { links, asked, close } = await setUp({ hasSecond: false });
    links.first = false;
    await wait(1_350);
    expect(asked).toHaveLength(0);
    await wait(250);
    expect(asked.map((isStill) => isStill())).toEqual([true]);
    await close();
  });

  it('has the time of a node that works when that one answers', async () => {
    const { links, asked, close } = await setUp({ hasSecond: false });
    links.door = true;
    links.first = false;
    await wait(2_450);
    expect(asked).toHaveLength(0);
    await wait(250);
    expect(asked).toHaveLength(1);
    await close();
  });

  it('ND52: is not given up any more when something comes after all', async () => {
    const { links, asked, close } = await setUp({ hasSecond: false });
    links.first = false;
    await wait(1_600);
    links.first = true;
    await wait(20);
    expect(asked.map((isStill) => isStill())).toEqual([false]);
    await close();
  });
});

import type { ReceiverId, ZoneId } from '@loa/shared/ids';
import type { Assignment } from '@loa/shared/protocol/receivers';
import { err, ok } from '@loa/shared/result';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { doorOf, MAX_SECOND_RETRY_MS } from '../session/second-door.ts';
import { FULL_ACCESS } from './media-access.ts';
import { CONTROL_BUS, MediaPath } from './media-path.ts';
import { SECOND_SPREAD_MS, SecondPath } from './second-path.ts';
import type { WhepRequest } from './whep-session.ts';

const MINUTE_MS = 60_000;
const PACKET = { sequence: 1, timestamp: 0, csrc: 0, marker: false, payload: new Uint8Array(0) };
const [A, B, C] = ['http://a.test', 'http://b.test', 'http://c.test'] as const;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function assignmentAt(door: string, doors: readonly string[], zone = 'ward'): Assignment {
  return {
    receiverId: 'r' as ReceiverId,
    zoneId: zone as ZoneId,
    path: [{ zoneId: zone as ZoneId, name: zone }],
    whepUrl: `${door}/whep/receivers/r`,
    playoutDelayMs: 60,
    volume: 100,
    emergencyVolume: 100,
    muted: false,
    doors: [...doors],
    serverTimeMs: 0,
  };
}

/** Nodes that answer as they are told, and a receiver with both of its paths; pilots come over what was joined at a node that works. */
function setUp() {
  const broken = new Set<string>();
  const open = new Map<string, WhepRequest>();
  const joined: string[] = [];
  const packets: string[] = [];
  let sessions = 0;
  const join = (request: WhepRequest) => {
    const door = doorOf(request.whepUrl);
    joined.push(request.whepUrl);
    if (broken.has(door)) return Promise.resolve(err({ reason: 'refused' as const, status: 429, detail: 'no place' }));
    const pathId = String(joined.length);
    open.set(pathId, request);
    request.onAnswered(pathId);
    return Promise.resolve(ok({ pathId, close: () => Promise.resolve(void open.delete(pathId)) }));
  };
  const common = {
    token: '',
    log: pino({ level: 'silent' }),
    access: FULL_ACCESS,
    ipv6: false,
    join,
    nextSession: () => (sessions += 1),
    isPilot: () => true,
    onPacket: (zone: string, session: number) => void packets.push(`${session}/${zone}`),
    onLeft: () => undefined,
    onState: () => undefined,
  };
  const second = new SecondPath(common);
  const first = new MediaPath({ ...common, onProven: (whepUrl) => second.noteFirst(whepUrl) });
  const pilots = setInterval(() => {
    for (const request of open.values())
      if (!broken.has(doorOf(request.whepUrl))) request.onArrival(CONTROL_BUS, PACKET);
  }, 1_000);
  const register = (...given: Parameters<typeof assignmentAt>) => {
    const assignment = assignmentAt(...given);
    second.follow(assignment);
    first.follow(assignment);
  };
  const openAt = () => [...open.values()].map(({ whepUrl }) => whepUrl.replace('/whep/receivers/r', ''));
  const close = async () => {
    clearInterval(pilots);
    await Promise.all([first.close(), second.close()]);
  };
  return { broken, open, openAt, joined, packets, second, register, close };
}

const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('PO40: a second path', () => {
  it('is joined at another node when the first one has brought a pilot, and kept whatever doors there are later', async () => {
    const { openAt, second, register, close } = setUp();
    register(A, [B]);
    await wait(900);
    expect([openAt(), second.isUp]).toEqual([[A], false]);
    await wait(SECOND_SPREAD_MS + 1_100);
    expect([openAt(), second.isUp, second.workingDoor]).toEqual([[A, `${B}?path=second`], true, B]);
    second.learn([C]);
    await wait(MINUTE_MS);
    expect(openAt()).toEqual([A, `${B}?path=second`]);
    await close();
    expect(openAt()).toEqual([]);
  });

  it('is none without another node, and comes with it', async () => {
    const { openAt, second, register, close } = setUp();
    register(A, []);
    await wait(MINUTE_MS);
    expect(openAt()).toEqual([A]);
    second.learn([B]);
    await wait(SECOND_SPREAD_MS + 1_000);
    expect(openAt()).toEqual([A, `${B}?path=second`]);
    await close();
  });

  it('stays while the first path comes to its node, until that has brought a pilot; then another node is chosen', async () => {
    const { openAt, second, broken, register, close } = setUp();
    register(A, [B]);
    await wait(SECOND_SPREAD_MS + 2_000);
    broken.add(A);
    await wait(4_000);
    register(B, [C]);
    await wait(0);
    expect(openAt()).toEqual([A, `${B}?path=second`, B]);
    await wait(1_000);
    expect([openAt(), second.workingDoor]).toEqual([[B], null]);
    await wait(SECOND_SPREAD_MS + 1_000);
    expect(openAt()).toEqual([B, `${C}?path=second`]);
    await close();
  });

  it('follows the receiver into another zone', async () => {
    const { open, register, close } = setUp();
    register(A, [B]);
    await wait(SECOND_SPREAD_MS + 2_000);
    register(A, [B], 'other');
    await wait(2_000);
    expect([...open.values()].map(({ buses }) => buses.join())).toEqual(['control,other', 'control,other']);
    await close();
  });
});

describe('PO41: what comes over both', () => {
  it('is told apart by the numbers of their joins, however often each is joined', async () => {
    const { open, packets, register, close } = setUp();
    register(A, [B]);
    await wait(SECOND_SPREAD_MS + 2_000);
    register(A, [B], 'other');
    await wait(2_000);
    for (const request of open.values()) request.onArrival('other', { ...PACKET, csrc: 1 });
    expect(packets).toHaveLength(2);
    expect(new Set(packets).size).toBe(2);
    await close();
  });
});

describe('PO42: a second path that is lost', () => {
  it('is tried at other nodes, ever more seldom, and is there again when one of them takes it', async () => {
    const { joined, openAt, second, broken, register, close } = setUp();
    register(A, [B, C]);
    for (const door of [B, C]) broken.add(door);
    await wait(30 * MINUTE_MS);
    const tried = joined.filter((url) => url.includes('second'));
    expect(new Set(tried.map(doorOf))).toEqual(new Set([B, C]));
    expect(tried.length).toBeLessThan(150);
    expect(openAt()).toEqual([A]);
    broken.delete(C);
    await wait(3 * MAX_SECOND_RETRY_MS);
    expect([openAt(), second.workingDoor]).toEqual([[A, `${C}?path=second`], C]);
    await close();
  });

  it('PO50: because its node said so, is joined at another one at once', async () => {
    const { open, openAt, second, broken, register, close } = setUp();
    register(A, [B, C]);
    await wait(SECOND_SPREAD_MS + 2_000);
    const before = second.workingDoor ?? '';
    const [pathId, request] = [...open].find(([, { whepUrl }]) => doorOf(whepUrl) === before) ?? [];
    broken.add(before);
    open.delete(pathId ?? '');
    request?.onDown('closed');
    await wait(600);
    expect(openAt()).toEqual([A, `${before === B ? C : B}?path=second`]);
    await close();
  });

  it('is not tried where no node is known any more, and is joined again when it comes back', async () => {
    const { joined, openAt, second, broken, register, close } = setUp();
    register(A, [B]);
    await wait(SECOND_SPREAD_MS + 2_000);
    broken.add(B);
    // Its node is told of for a while, as its door was.
    await wait(10 * MINUTE_MS);
    second.learn([]);
    await wait(0);
    expect([openAt(), second.isUp]).toEqual([[A], false]);
    const before = joined.length;
    await wait(10 * MINUTE_MS);
    expect(joined.length).toBe(before);
    broken.delete(B);
    second.learn([B]);
    await wait(SECOND_SPREAD_MS + 1_000);
    expect([openAt(), second.isUp]).toEqual([[A, `${B}?path=second`], true]);
    await close();
  });
});

import type { ReceiverId, ZoneId } from '@loa/shared/ids';
import { MAX_RETRY_MS } from '@loa/shared/nodes/reconnect-policy';
import type { Assignment } from '@loa/shared/protocol/receivers';
import { err, ok, type Result } from '@loa/shared/result';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FULL_ACCESS } from './media-access.ts';
import { CONTROL_BUS, MediaPath } from './media-path.ts';
import type { JoinFailure } from './whep-exchange.ts';
import type { WhepRequest, WhepSession } from './whep-session.ts';

const MINUTE_MS = 60_000;
const PILOT = { sequence: 1, timestamp: 0, csrc: 0, marker: false, payload: new Uint8Array(0) };
const BUSY: Result<WhepSession, JoinFailure> = err({ reason: 'refused', status: 503, detail: 'no media worker' });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function assignmentTo(zone: string): Assignment {
  return {
    receiverId: 'r' as ReceiverId,
    zoneId: zone as ZoneId,
    path: [{ zoneId: zone as ZoneId, name: zone }],
    whepUrl: 'http://door.test/whep/receivers/r',
    playoutDelayMs: 60,
    volume: 100,
    emergencyVolume: 100,
    muted: false,
    doors: [],
    serverTimeMs: 0,
  };
}

/** A path that is up; its door answers as it is told, and the server sends pilots over what was joined. */
async function setUp() {
  const door = { works: true, joins: [] as WhepRequest[], open: new Set<string>(), pilots: true, stuck: 0 } as {
    works: boolean;
    joins: WhepRequest[];
    open: Set<string>;
    pilots: boolean;
    stuck: number;
    /** Instead of an answer. */
    hang?: (request: WhepRequest) => void;
  };
  let sessions = 0;
  const left: number[] = [];
  const path = new MediaPath({
    token: '',
    log: pino({ level: 'silent' }),
    access: FULL_ACCESS,
    ipv6: false,
    join(request) {
      door.joins.push(request);
      if (door.hang) {
        door.hang(request);
        return new Promise((resolve) =>
          request.signal.addEventListener('abort', () => resolve(err({ reason: 'closed', detail: 'given up' }))),
        );
      }
      if (!door.works) return Promise.resolve(BUSY);
      const pathId = String(door.joins.length);
      door.open.add(pathId);
      request.onAnswered(pathId);
      return Promise.resolve(ok({ pathId, close: () => Promise.resolve(void door.open.delete(pathId)) }));
    },
    isPilot: () => true,
    onPacket: () => undefined,
    nextSession: () => (sessions += 1),
    onLeft: (session) => left.push(session),
    onState: () => undefined,
    onStuck: () => void (door.stuck += 1),
  });
  const pilots = setInterval(() => {
    if (door.pilots) for (const pathId of door.open) door.joins[Number(pathId) - 1]?.onArrival(CONTROL_BUS, PILOT);
  }, 1_000);
  path.follow(assignmentTo('a'));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(path.state).toBe('up');
  const close = async () => {
    clearInterval(pilots);
    await path.close();
  };
  return { door, path, left, close };
}

const SOUND = { ...PILOT, csrc: 1 };

describe('PO25: sound that breaks off', () => {
  const hear = async (door: { joins: WhepRequest[] }, marker: boolean) => {
    door.joins[0]?.onArrival('a', { ...SOUND, marker });
    await vi.advanceTimersByTimeAsync(900);
  };

  it('is a lost path before three pilots are missed; the end of a broadcast is not', async () => {
    const { door, path, close } = await setUp();
    door.pilots = false;
    await hear(door, true);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(path.state).toBe('up');
    await hear(door, false);
    expect(path.state).toBe('up');
    await vi.advanceTimersByTimeAsync(700);
    expect(path.state).toBe('lost');
    await close();
  });
});

describe('ND4: a path that does not come back', () => {
  it('is said once its node does not bring it back at once, and the way to another node waits for nothing', async () => {
    const { door, path, close } = await setUp();
    door.works = false;
    door.pilots = false;
    path.noteClosed('1');
    await vi.advanceTimersByTimeAsync(100);
    expect(door.stuck).toBeGreaterThan(0);
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    door.works = true;
    door.pilots = true;
    const before = door.joins.length;
    path.follow({ ...assignmentTo('a'), whepUrl: 'http://other.test/whep/receivers/r' });
    await vi.advanceTimersByTimeAsync(0);
    expect(door.joins.slice(before).map(({ whepUrl }) => whepUrl)).toEqual(['http://other.test/whep/receivers/r']);
    await close();
  });

  it('is not said of one that is connected and has still to bring its first pilot', async () => {
    const { door, path, close } = await setUp();
    // The next pilot is a second away.
    path.noteClosed('1');
    await vi.advanceTimersByTimeAsync(950);
    expect(path.state).toBe('lost');
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    expect(path.state).toBe('up');
    expect(door.stuck).toBe(0);

    door.pilots = false;
    path.noteClosed('2');
    await vi.advanceTimersByTimeAsync(1_200);
    expect(door.stuck).toBe(0);
    await vi.advanceTimersByTimeAsync(100);
    expect(door.stuck).toBe(1);
    await close();
  });

  it('begins anew with another node: what was lost before says nothing about that one', async () => {
    const { door, path, close } = await setUp();
    door.hang = () => undefined;
    door.pilots = false;
    path.noteClosed('1');
    await vi.advanceTimersByTimeAsync(1_300);
    path.follow({ ...assignmentTo('a'), whepUrl: 'http://other.test/whep/receivers/r' });
    await vi.advanceTimersByTimeAsync(1_400);
    expect(door.stuck).toBe(0);
    await vi.advanceTimersByTimeAsync(200);
    expect(door.stuck).toBe(1);
    delete door.hang;
    await close();
  });

  it('gives up a join at the old node that hangs', async () => {
    const { door, path, close } = await setUp();
    let hanging: WhepRequest | undefined;
    door.hang = (request) => (hanging = request);
    door.pilots = false;
    path.noteClosed('1');
    await vi.advanceTimersByTimeAsync(1_400);
    expect(door.stuck).toBe(0);
    await vi.advanceTimersByTimeAsync(200);
    expect(door.stuck).toBe(1);
    delete door.hang;
    door.pilots = true;
    path.follow({ ...assignmentTo('a'), whepUrl: 'http://other.test/whep/receivers/r' });
    await vi.advanceTimersByTimeAsync(1_100);
    expect(hanging?.signal.aborted).toBe(true);
    expect(path.state).toBe('up');
    await close();
  });
});

describe('joining anew', () => {
  it('PO22: at once when the server has closed the path; when that is refused, after waiting times that grow', async () => {
    const { door, path, close } = await setUp();
    door.works = false;
    door.pilots = false;
    path.noteClosed('1');
    await vi.advanceTimersByTimeAsync(0);
    expect(door.joins).toHaveLength(2);
    expect(path.state).toBe('lost');
    // The second failure in a row waits at least for half of the second waiting time.
    await vi.advanceTimersByTimeAsync(400);
    expect(door.joins).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    expect(door.joins.length).toBeGreaterThan(MINUTE_MS / MAX_RETRY_MS);
    expect(door.joins.length).toBeLessThan(20);
    door.works = true;
    door.pilots = true;
    await vi.advanceTimersByTimeAsync(MAX_RETRY_MS + 1_000);
    expect(path.state).toBe('up');
    await close();
  });

  it('PO22: waiting times grow also while the old path still brings pilots', async () => {
    const { door, path, close } = await setUp();
    door.works = false;
    path.follow(assignmentTo('b'));
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    expect(path.state).toBe('up');
    expect(door.joins.length).toBeLessThan(20);
    door.works = true;
    await vi.advanceTimersByTimeAsync(MAX_RETRY_MS + 1_000);
    expect([...door.open]).toEqual([String(door.joins.length)]);
    await close();
  });

  it('PO22: a path that the server closes again and again before its first pilot is not joined without a pause', async () => {
    const { door, path, close } = await setUp();
    door.pilots = false;
    const closer = setInterval(() => path.noteClosed(String(door.joins.length)), 10);
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    clearInterval(closer);
    expect(door.joins.length).toBeGreaterThan(2);
    expect(door.joins.length).toBeLessThan(20);
    await close();
  });

  it('PO22: what is said of other sessions, and of the one that was left, changes nothing', async () => {
    const { door, path, left, close } = await setUp();
    path.follow(assignmentTo('b'));
    await vi.advanceTimersByTimeAsync(2_000);
    expect([...door.open]).toEqual(['2']);
    expect(left).toEqual([1]);
    for (const pathId of ['1', '3', 'other']) path.noteClosed(pathId);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(door.joins).toHaveLength(2);
    expect(path.state).toBe('up');
    await close();
  });
});

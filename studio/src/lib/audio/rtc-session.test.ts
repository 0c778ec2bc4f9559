import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { aMediaDoor } from '../../../test/support/fake-connection.ts';
import { retryDelayMs, RtcSession, type RtcState } from './rtc-session.ts';

let door: ReturnType<typeof aMediaDoor>;
let states: RtcState[];
let session: RtcSession;

beforeEach(async () => {
  vi.useFakeTimers();
  door = aMediaDoor();
  states = [];
  session = new RtcSession({
    url: 'http://door.test/whip',
    token: null,
    prepare: () => undefined,
    onState: (state) => states.push(state),
  });
  await session.open();
  door.connections[0]?.turn('connected');
});
afterEach(() => {
  session.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test('attempts come later and later, up to a bound, and not in step', () => {
  expect([1, 2, 3, 4, 5, 9].map((attempt) => retryDelayMs(attempt, 1))).toEqual([400, 800, 1_600, 3_200, 4_000, 4_000]);
  expect(retryDelayMs(3, 0)).toBe(800);
});

describe('a path that is lost', () => {
  test('and comes back within a second is left alone', async () => {
    door.connections[0]?.turn('disconnected');
    await vi.advanceTimersByTimeAsync(900);
    door.connections[0]?.turn('connected');
    await vi.advanceTimersByTimeAsync(10_000);
    expect([door.patches(), states.at(-1)]).toEqual([0, 'connected']);
  });

  test('is mended by an ICE restart of the same session', async () => {
    door.connections[0]?.turn('disconnected');
    await vi.advanceTimersByTimeAsync(1_100);
    expect([states.at(-1), door.patches()]).toEqual(['lost', 1]);
    expect(door.connections[0]?.remoteDescription?.sdp).toContain('a=ice-ufrag:door2');
    door.connections[0]?.turn('connected');
    await vi.advanceTimersByTimeAsync(10_000);
    expect([states.at(-1), session.sessionId, door.connections.length]).toEqual(['connected', 's1', 1]);
  });

  test.each(['no network', 'silence', 503] as const)(
    'while the door is out of reach too (%s) keeps its session: the restart is asked for again until it is answered',
    async (how) => {
      door.answerPatch(how);
      door.connections[0]?.turn('disconnected');
      await vi.advanceTimersByTimeAsync(12_000);
      expect([states.at(-1), door.connections.length]).toEqual(['lost', 1]);
      expect(door.patches()).toBeGreaterThan(1);
      door.answerPatch(200);
      const isRestarted = () => !/:door1\b/.test(door.connections[0]?.remoteDescription?.sdp ?? '');
      for (let ms = 0; ms < 10_000 && !isRestarted(); ms += 100) await vi.advanceTimersByTimeAsync(100);
      door.connections[0]?.turn('connected');
      expect([states.at(-1), session.sessionId]).toEqual(['connected', 's1']);
    },
  );

  test('gets a new session when the door has forgotten this one', async () => {
    door.answerPatch(404);
    door.connections[0]?.turn('failed');
    await vi.advanceTimersByTimeAsync(500);
    expect([session.sessionId, door.asked.at(-1)]).toEqual(['s2', 'POST /whip']);
  });

  test('gets a new session when the restart does not help', async () => {
    door.connections[0]?.turn('failed');
    await vi.advanceTimersByTimeAsync(5_900);
    expect(session.sessionId).toBe('s1');
    await vi.advanceTimersByTimeAsync(200);
    expect(session.sessionId).toBe('s2');
  });

  test.each(['no network', 'silence', 404] as const)(
    'and heals while its restart is asked for is kept, however that is answered (%s)',
    async (how) => {
      door.answerPatch(how);
      door.connections[0]?.turn('disconnected');
      vi.advanceTimersByTime(1_000);
      door.connections[0]?.turn('connected');
      await vi.advanceTimersByTimeAsync(20_000);
      expect([states.at(-1), session.sessionId, door.connections.length]).toEqual(['connected', 's1', 1]);
    },
  );

  test('is restarted at once when the network is said to be back', async () => {
    door.answerPatch('silence');
    door.connections[0]?.turn('failed');
    await vi.advanceTimersByTimeAsync(100);
    door.answerPatch(200);
    session.kick();
    await vi.advanceTimersByTimeAsync(0);
    expect(door.connections[0]?.remoteDescription?.sdp).toContain('a=ice-ufrag:door3');
    expect([door.patches(), session.sessionId]).toEqual([2, 's1']);
  });
});

describe('BR60: another network, while the browser takes the old path for good still', () => {
  test('is gone over to by an ICE restart at once, and nobody is told of a loss', async () => {
    session.kick();
    await vi.advanceTimersByTimeAsync(0);
    expect(door.connections[0]?.remoteDescription?.sdp).toContain('a=ice-ufrag:door2');
    await vi.advanceTimersByTimeAsync(20_000);
    expect([door.patches(), states, session.sessionId]).toEqual([1, ['connecting', 'connected'], 's1']);
  });

  test('over which the door is not reached yet: the restart is asked for again until it is answered', async () => {
    door.answerPatch('no network');
    session.kick();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(door.patches()).toBeGreaterThan(2);
    door.answerPatch(200);
    await vi.advanceTimersByTimeAsync(4_000);
    const asked = door.patches();
    await vi.advanceTimersByTimeAsync(20_000);
    expect([door.patches(), states.at(-1), session.sessionId]).toEqual([asked, 'connected', 's1']);
  });

  test('whose door knows the session no more: what looks well is kept', async () => {
    door.answerPatch(404);
    session.kick();
    await vi.advanceTimersByTimeAsync(20_000);
    expect([states, session.sessionId]).toEqual([['connecting', 'connected'], 's1']);
  });
});

test('an answer that comes after its session was closed is ended at the door', async () => {
  const late = new RtcSession({
    url: 'http://door.test/whip',
    token: null,
    prepare: () => undefined,
    onState: () => undefined,
  });
  const opened = late.open();
  late.close();
  await opened;
  expect(door.asked.at(-1)).toBe('DELETE /whip/s2');
});

describe('another track', () => {
  test('that the connection does not take is sent by a new one', async () => {
    const [first] = door.connections;
    if (first) first.sender.replaceTrack = () => Promise.reject(new DOMException('no', 'InvalidModificationError'));
    await session.replaceTrack({} as MediaStreamTrack);
    expect([door.connections.length, first?.connectionState]).toEqual([2, 'closed']);
  });

  test('that comes too late for a connection is sent by its successor already', async () => {
    const refusal = Promise.withResolvers<void>();
    const [first] = door.connections;
    if (first) first.sender.replaceTrack = () => refusal.promise;
    const replaced = session.replaceTrack({} as MediaStreamTrack);
    await session.open();
    refusal.reject(new DOMException('closed', 'InvalidStateError'));
    await replaced;
    expect(door.connections.length).toBe(2);
  });
});

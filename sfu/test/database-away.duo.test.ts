import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BroadcastView } from '@loa/shared/protocol/live';
import { createRig, type JoinedReceiver, numbersOf, type Rig } from './support/rig.ts';
import { type SfuStack, startSfuStack } from './support/sfu-stack.ts';
import { waitFor } from './support/wait-for.ts';

/** What is answered while the database is away or silent, and what is in it afterwards. The tests build on each other, in this order. */

let sfu: SfuStack;
let rig: Rig;
let receiver: JoinedReceiver;
const segmentStart = randomUUID();
const sourceStart = randomUUID();

beforeAll(async () => {
  sfu = await startSfuStack();
  rig = createRig(sfu);
  receiver = await rig.join('26509');
  await sfu.database.stop();
});
afterAll(async () => {
  sfu.database.resume();
  await rig.reset();
  await sfu.close();
});

function sendRecord(id: string): Promise<unknown> {
  const { receiverId, assignment } = receiver;
  const sound = { firstSoundAt: 1_000, lastSoundAt: 2_000, renderedMs: 1_000, lostPackets: 0, concealedMs: 0 };
  const record = { id, receiverId, zoneId: assignment.zoneId, tag: 1, rank: 76, levelDbfs: -20, final: true, ...sound };
  return receiver.socket.timeout(40_000).emitWithAck('playout:records', { records: [record] });
}

const problem = async (response: Response) => ({
  status: response.status,
  ...((await response.json()) as { error: { code: string; message: string } }).error,
});

describe('while the database is away', () => {
  it.each(['/log', '/playout-records', '/broadcasts?state=ended', '/broadcasts/nothing'])(
    'GET %s says so',
    async (path) => {
      const answer = await problem(await sfu.get(`/api/v1${path}`));
      expect(answer).toMatchObject({ status: 503, code: 'unavailable' });
      expect(answer.message).toContain('database');
    },
  );

  it('what is live is answered as ever', async () => {
    for (const path of ['/broadcasts', '/receivers', '/zones', '/sources', '/segments'])
      expect((await sfu.get(`/api/v1${path}`)).status).toBe(200);
  });

  it('the volume of a receiver is set at once', async () => {
    const told: object[] = [];
    receiver.socket.on('receiver:settings', (settings: object) => told.push(settings));
    const answer = await sfu.call('PATCH', `/api/v1/receivers/${receiver.receiverId}`, { volume: 41, muted: true });
    expect([answer.status, await answer.json()]).toMatchObject([200, { volume: 41, muted: true }]);
    await waitFor(() => (told.length > 0 ? '' : 'the settings'));
    expect(told).toEqual([{ volume: 41, muted: true }]);
  });

  it('a record is asked for again', async () => {
    expect(await sendRecord(randomUUID())).toMatchObject({ ok: false, error: { code: 'unavailable' } });
  });

  it('commands are refused as ever, by the decision core and by the door', async () => {
    const unknownSource = await rig.start({ kind: 'live', sourceId: 'nobody' }, ['26509'], { id: sourceStart });
    expect(await problem(unknownSource)).toMatchObject({ status: 409, code: 'refused' });
    const source = { kind: 'segment', segmentId: segmentStart, durationMs: 1 };
    const unknownSegment = await rig.start(source, ['26509'], { title: 'Bản tin mất' });
    expect(await problem(unknownSegment)).toMatchObject({ status: 404, field: 'source.segmentId' });
  });
});

describe('when it is back', () => {
  beforeAll(() => sfu.database.start());

  it('every refusal is in the log, whoever decided it', async () => {
    const refusals = async () => {
      const answer = await sfu.get('/api/v1/log');
      if (answer.status !== 200) return [];
      const { entries } = (await answer.json()) as { entries: Array<{ kind: string; type: string; data: object }> };
      return entries.filter(({ kind }) => kind === 'refusal');
    };
    await waitFor(async () => ((await refusals()).length === 2 ? '' : 'two refusals'), 20_000);
    const found = await refusals();
    expect(found.map(({ type }) => type).sort()).toEqual(['unknown-segment', 'unknown-source']);
    expect(found.find(({ type }) => type === 'unknown-segment')?.data).toMatchObject({
      commandType: 'start',
      detail: { title: 'Bản tin mất', zones: [sfu.zoneByCode('26509').id], zoneCount: 1 },
    });
  });

  it('the volume is stored', async () => {
    await waitFor(async () => {
      const row = await sfu.prisma.receiver.findUnique({ where: { id: receiver.receiverId } }).catch(() => null);
      return row?.volume === 41 && row.muted ? '' : `stored: ${row?.volume}`;
    }, 20_000);
  });
});

function waitingRecord(id: string): { readonly answer: Promise<unknown>; answered: boolean } {
  const waiting = { answer: sendRecord(id), answered: false };
  void waiting.answer.then(() => (waiting.answered = true));
  return waiting;
}

describe('while the database is silent', () => {
  const recordId = randomUUID();
  let alarm: BroadcastView;
  beforeAll(() => sfu.database.pause());

  it('an emergency is heard', async () => {
    alarm = await rig.startLive(await rig.speak(7), ['26509'], { level: 3 });
    await waitFor(() => (numbersOf(receiver, 7).length > 20 ? '' : 'the emergency'));
  });

  it('what a receiver sends again meanwhile is refused at once, and what it sent is given up in the end', async () => {
    const first = waitingRecord(recordId);
    const repeats = await Promise.all(Array.from({ length: 100 }, () => sendRecord(recordId)));
    for (const answer of repeats) expect(answer).toMatchObject({ ok: false, error: { code: 'unavailable' } });
    expect(first.answered).toBe(false);
    expect(await first.answer).toMatchObject({ ok: false, error: { code: 'unavailable' } });
  });

  it('and then the next one has its turn', async () => {
    const next = waitingRecord(recordId);
    expect(await sendRecord(recordId)).toMatchObject({ ok: false, error: { code: 'unavailable' } });
    expect(next.answered).toBe(false);
    expect(await next.answer).toMatchObject({ ok: false, error: { code: 'unavailable' } });
  });

  it('when it speaks again everything is stored', async () => {
    await rig.stop(alarm.broadcastId);
    sfu.database.resume();
    await waitFor(async () => {
      const answer = (await sendRecord(recordId)) as { ok: boolean };
      return answer.ok ? '' : JSON.stringify(answer);
    }, 30_000);
    expect(await sfu.prisma.playoutRecord.count({ where: { id: recordId } })).toBe(1);
    await waitFor(async () => {
      const row = await sfu.prisma.broadcast.findUnique({ where: { id: alarm.broadcastId } });
      return row?.endReason === 'stopped' ? '' : `stored: ${JSON.stringify(row?.endReason)}`;
    }, 30_000);
  });
});

describe('more refusals than are stored by themselves, made while the database is away', () => {
  // Twice what a minute stores and more: also when a minute ends in between, some are counted.
  const REFUSALS = 260;

  it('RF2: are all in the log after a clean stop: one by one or counted', async () => {
    const refusedBefore = await sfu.prisma.refusal.count();
    await sfu.database.stop();
    for (let n = 0; n < REFUSALS; n++) expect((await rig.stop(randomUUID())).status).toBe(409);
    await sfu.database.start();
    await sfu.restartDoor();
    const { _sum: stored, _count: rows } = await sfu.prisma.refusal.aggregate({ _sum: { count: true }, _count: true });
    expect(stored.count).toBe(refusedBefore + REFUSALS);
    expect(rows).toBeLessThan(refusedBefore + REFUSALS);
    const { entries } = (await (await sfu.get('/api/v1/log?limit=500')).json()) as {
      entries: Array<{ at: number; type: string; data: object; counted: { count: number; firstAt: number } | null }>;
    };
    const counted = entries.filter((entry) => entry.counted !== null);
    expect(counted.length).toBeGreaterThan(0);
    for (const entry of counted) {
      expect(entry).toMatchObject({ type: 'unknown-broadcast', data: { commandType: 'stop' } });
      expect(entry.counted?.firstAt).toBeLessThanOrEqual(entry.at);
    }
  });
});

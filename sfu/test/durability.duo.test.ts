import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventSchema, type BroadcastEvent } from '@loa/shared/broadcasts/events';
import { MAX_COUNTED_TAG } from '@loa/shared/broadcasts/tags';
import { type BroadcastView, segmentViewSchema, type Snapshot, snapshotSchema } from '@loa/shared/protocol/live';
import type { Readiness } from '../src/door/monitoring/readiness.ts';
import { hashEvent } from '../src/pump/log/event-hash.ts';
import { makeTone } from './support/audio-files.ts';
import { createRig, numbersOf, type Rig } from './support/rig.ts';
import { uploadSegment } from './support/segment-upload.ts';
import { type SfuStack, startSfuStack } from './support/sfu-stack.ts';
import { type SoundProbe, startSoundProbe } from './support/sound-probe.ts';
import { waitFor } from './support/wait-for.ts';

/** What stays when the door, the database or the pump goes away. The tests build on each other's log, in this order. */

let sfu: SfuStack;
let rig: Rig;
let probe: SoundProbe;
/** Long enough that no door is done with it before it ends; small and made beforehand, for an idle connection does not last until it is read. */
let longTone: string;

beforeAll(async () => {
  sfu = await startSfuStack({ separate: true });
  rig = createRig(sfu);
  longTone = await makeTone(join(sfu.dataDir, 'long.mp3'), 1_200);
  probe = await startSoundProbe(sfu, '26506');
  await probe.begin();
});
afterAll(async () => {
  await probe.close();
  await sfu.close();
});

/** All stored events, checked: versions without a gap, each carrying the hash of the one before. */
async function storedLog(): Promise<Array<{ version: number; at: number; event: BroadcastEvent }>> {
  const rows = await sfu.prisma.logEvent.findMany({ orderBy: { version: 'asc' } });
  let prevHash = '';
  return rows.map((row, i) => {
    const version = Number(row.version);
    const event = eventSchema.parse(row.event);
    expect(version).toBe(i + 1);
    expect(row.prevHash).toBe(prevHash);
    expect(row.hash).toBe(hashEvent(prevHash, version, row.at.getTime(), event));
    prevHash = row.hash;
    return { version, at: row.at.getTime(), event };
  });
}

const storedTypes = async (broadcastId: string) =>
  (await storedLog()).filter(({ event }) => event.broadcastId === broadcastId).map(({ event }) => event.type);

async function untilStored(broadcastId: string, ...types: Array<BroadcastEvent['type']>): Promise<void> {
  await waitFor(async () => {
    const found = await storedTypes(broadcastId);
    return types.every((type) => found.includes(type)) ? '' : `stored: ${found.join(', ')}`;
  });
}

async function snapshot(): Promise<Snapshot> {
  const studio = await rig.studio();
  const answer = (await studio.timeout(10_000).emitWithAck('live:sync')) as { data: unknown };
  studio.close();
  return snapshotSchema.parse(answer.data);
}

async function expectLivePicture(): Promise<void> {
  const { broadcasts, sources } = await snapshot();
  expect(broadcasts).toMatchObject([{ broadcastId: probe.broadcastId, phase: 'on-air', sourceKeepUntil: null }]);
  const own = sources.filter(({ sourceId }) => sourceId === probe.sourceId);
  expect(own).toMatchObject([{ broadcastId: probe.broadcastId, connected: true }]);
}

describe('what is stored', () => {
  it('events with their chain, broadcasts, and the records of what was played', async () => {
    const receiver = await rig.join('26509');
    const source = await rig.speak(1);
    const view = await rig.startLive(source, ['26509'], { title: 'Lưu trữ' });
    await waitFor(() => (numbersOf(receiver, 1).length > 10 ? '' : 'the voice'));
    const record = {
      id: randomUUID(),
      receiverId: receiver.receiverId,
      tag: view.tag,
      rank: view.rank,
      zoneId: receiver.assignment.zoneId,
      firstSoundAt: view.startedAt,
      lastSoundAt: view.startedAt + 1_000,
      renderedMs: 1_000,
      lostPackets: 0,
      concealedMs: 0,
      levelDbfs: -20,
      final: false,
    };
    const send = (change: object) =>
      receiver.socket.timeout(5_000).emitWithAck('playout:records', { records: [{ ...record, ...change }] });
    const stored = { ok: true, data: { stored: [record.id], unstorable: [] } };
    expect(await send({})).toEqual(stored);
    expect(await send({ renderedMs: 3_000, final: true })).toEqual(stored);
    expect(await send({ renderedMs: 500 })).toEqual(stored);
    await rig.stop(view.broadcastId);
    await untilStored(view.broadcastId, 'broadcast-started', 'broadcast-ended');

    const row = await sfu.prisma.broadcast.findUniqueOrThrow({ where: { id: view.broadcastId } });
    expect(row).toMatchObject({ title: 'Lưu trữ', tag: view.tag, endReason: 'stopped', sourceKind: 'live' });
    expect(row.zonePath).toContain('›');
    const path = `/api/v1/playout-records?broadcastId=${view.broadcastId}`;
    const { records } = (await (await sfu.get(path)).json()) as { records: object[] };
    expect(records).toMatchObject([{ id: record.id, renderedMs: 3_000, final: true, broadcastId: view.broadcastId }]);
  });
});

describe('the door goes away', () => {
  it('in good order: not a packet is lost, and the picture is right when it is back', async () => {
    await sfu.restartDoor();
    await expectLivePicture();
    await probe.expectSound();
    await probe.expectUnbroken();
  });

  it('killed in the middle of a request: the same, and the request is settled by its key', async () => {
    const source = await rig.speak(2);
    const rest = { id: randomUUID(), key: randomUUID() };
    const ask = () => rig.start({ kind: 'live', sourceId: source.sourceId }, ['26509'], rest);
    const [lost] = await Promise.allSettled([ask(), sfu.restartDoor('kill')]);
    const again = await ask();
    expect([again.status, await again.json()]).toMatchObject([201, { broadcastId: rest.id }]);
    expect((await storedTypes(rest.id)).filter((type) => type === 'broadcast-started').length).toBeLessThanOrEqual(1);
    expect(['fulfilled', 'rejected']).toContain(lost.status);
    await rig.stop(rest.id);
    await untilStored(rest.id, 'broadcast-started', 'broadcast-ended');
    await rig.reset([probe.broadcastId]);
    await expectLivePicture();
    await probe.expectSound();
    await probe.expectUnbroken();
  });
});

describe('the database goes away', () => {
  it('live work goes on, an emergency too, and everything is stored when it is back', async () => {
    await sfu.database.stop();
    await waitFor(async () => {
      const { degraded } = (await (await fetch(`${sfu.url}/readyz`)).json()) as Readiness;
      return degraded.includes('database') ? '' : 'the database is still there';
    });
    const receiver = await rig.join('26509');
    const voice = await rig.startLive(await rig.speak(3), ['26509']);
    const alarm = await rig.startLive(await rig.speak(4), ['747'], { level: 3 });
    await waitFor(() => (numbersOf(receiver, 4).length > 20 ? '' : 'the emergency'));
    expect((await snapshot()).broadcasts.map(({ broadcastId }) => broadcastId)).toContain(alarm.broadcastId);
    await rig.stop(alarm.broadcastId);
    await waitFor(() => (numbersOf(receiver, 3).length > 20 ? '' : 'the voice again'));
    await rig.stop(voice.broadcastId);

    await sfu.database.start();
    for (const { broadcastId } of [voice, alarm])
      await untilStored(broadcastId, 'broadcast-started', 'broadcast-ended');
    const rows = await sfu.prisma.broadcast.findMany({
      where: { id: { in: [voice.broadcastId, alarm.broadcastId] } },
    });
    expect(rows.map(({ endReason }) => endReason)).toEqual(['stopped', 'stopped']);
    await rig.reset([probe.broadcastId]);
    await probe.expectSound();
  });
});

describe('a door that begins while something is on air', () => {
  it('says nothing of what is live before it knows', async () => {
    const { broadcastId } = await rig.startLive(await rig.speak(9), ['26509']);
    const ask = () => sfu.get(`/api/v1/broadcasts/${broadcastId}`);
    const list = async () => {
      const answer = await sfu.get('/api/v1/broadcasts');
      if (answer.status !== 200) return `${answer.status}`;
      const { broadcasts } = (await answer.json()) as { broadcasts: BroadcastView[] };
      return broadcasts.some((each) => each.broadcastId === broadcastId) ? '200' : 'nothing is live';
    };
    const answers = new Set<string>();
    let restarted = false;
    const asking = (async () => {
      while (!restarted) {
        for (const question of [async () => `${(await ask()).status}`, list])
          answers.add(await question().catch(() => 'no door'));
      }
    })();
    await sfu.restartDoor('kill');
    restarted = true;
    await asking;
    answers.add(`${(await ask()).status}`);
    expect([...answers].filter((answer) => !['200', '503', 'no door'].includes(answer))).toEqual([]);
    expect(answers).toContain('200');
    await rig.reset([probe.broadcastId]);
  });
});

describe('the pump goes away', () => {
  it('unfinished broadcasts end as restarted, versions go on, tags are not used again', async () => {
    const before = await storedLog();
    const tags = before.flatMap(({ event }) => (event.type === 'broadcast-started' ? event.tag : []));
    await sfu.restartPump('kill');
    await untilStored(probe.broadcastId, 'broadcast-ended');
    const ended = await rig.broadcast(probe.broadcastId);
    expect(ended).toMatchObject({ phase: 'ended', endReason: 'restarted' });
    const { broadcasts, sources } = await snapshot();
    expect({ broadcasts, sources }).toEqual({ broadcasts: [], sources: [] });

    const view = await rig.startLive(await rig.speak(5), ['26509']);
    expect(tags).not.toContain(view.tag);
    // BR22: tags of emergencies are not counted.
    expect(view.tag).toBeGreaterThan(Math.max(...tags.filter((tag) => tag <= MAX_COUNTED_TAG)));
    await untilStored(view.broadcastId, 'broadcast-started');
    expect((await storedLog()).length).toBeGreaterThan(before.length);
    await rig.reset();
  });

  it('BR21: the key of a broadcast that it ended starts nothing again', async () => {
    const source = await rig.speak(7);
    const ids = { id: randomUUID(), key: randomUUID() };
    const { broadcastId } = await rig.startLive(source, ['26509'], ids);
    await untilStored(broadcastId, 'broadcast-started');
    await sfu.restartPump('kill');
    await untilStored(broadcastId, 'broadcast-ended');
    const again = await rig.speak(8);
    const answer = await rig.start({ kind: 'live', sourceId: again.sourceId }, ['26509'], ids);
    expect([answer.status, await answer.json()]).toMatchObject([
      201,
      { broadcastId, phase: 'ended', endReason: 'restarted' },
    ]);
    const other = await rig.start({ kind: 'live', sourceId: again.sourceId }, ['26509'], { id: broadcastId });
    expect([other.status, await other.json()]).toMatchObject([409, { error: { details: { code: 'duplicate-id' } } }]);
    expect(await storedTypes(broadcastId)).toEqual(['broadcast-started', 'broadcast-ended']);
    await rig.reset();
  });

  it('EL11: what the door saw go has ended then, not when the next pump begins', async () => {
    const { broadcastId } = await rig.startLive(await rig.speak(10), ['26509']);
    await untilStored(broadcastId, 'broadcast-started');
    const killedAt = Date.now();
    const restarting = sfu.restartPump('kill');
    await waitFor(async () => {
      const { parts } = (await (await fetch(`${sfu.url}/readyz`)).json()) as Readiness;
      return parts.pump.ok ? 'the door to notice' : '';
    });
    const noticedBy = Date.now();
    await restarting;
    await untilStored(broadcastId, 'broadcast-ended');
    const { endedAt } = await rig.broadcast(broadcastId);
    expect(endedAt).toBeGreaterThanOrEqual(killedAt);
    expect(endedAt).toBeLessThanOrEqual(noticedBy);
    await rig.reset();
  });

  it('in good order it says the end of what is on air', async () => {
    const receiver = await rig.join('26509');
    const { tag, broadcastId } = await rig.startLive(await rig.speak(6), ['26509']);
    await waitFor(() => (numbersOf(receiver, 6).length > 20 ? '' : 'the voice'));
    await sfu.restartPump();
    expect(receiver.heard.some((packet) => packet.tag === tag && packet.marker)).toBe(true);
    await untilStored(broadcastId, 'broadcast-ended');
    await rig.reset();
  });
});

describe('door and pump go away together, as when the power fails', () => {
  /** Puts something on air, and restarts everything; with a receiver that told of sound until then. */
  async function cut(toldUntil: ((startedAt: number) => number) | null) {
    const receiver = await rig.join('26509');
    const { broadcastId, tag, rank, startedAt } = await rig.startLive(await rig.speak(11), ['26509']);
    await untilStored(broadcastId, 'broadcast-started');
    const [started] = (await storedLog()).filter(({ event }) => event.broadcastId === broadcastId);
    const lastSoundAt = toldUntil?.(startedAt) ?? null;
    if (lastSoundAt !== null) {
      const { receiverId, assignment, socket } = receiver;
      const counts = { renderedMs: 1_000, lostPackets: 0, concealedMs: 0, levelDbfs: -20, final: false };
      const about = { id: randomUUID(), receiverId, tag, rank, zoneId: assignment.zoneId, ...counts };
      const records = [{ ...about, firstSoundAt: startedAt, lastSoundAt }];
      expect(await socket.timeout(5_000).emitWithAck('playout:records', { records })).toMatchObject({ ok: true });
    }
    await sfu.kill();
    const killedAt = Date.now();
    await sfu.restart();
    await untilStored(broadcastId, 'broadcast-ended');
    const view = await rig.broadcast(broadcastId);
    expect(view).toMatchObject({ phase: 'ended', endReason: 'restarted' });
    const row = await sfu.prisma.broadcast.findUniqueOrThrow({ where: { id: broadcastId } });
    expect(row.endedAt?.getTime()).toBe(view.endedAt);
    await rig.reset();
    return { lastSoundAt, startedAt: started?.at, endedAt: view.endedAt ?? 0, killedAt };
  }

  it('EL11: what was on air has ended with its last sound that a receiver told of', async () => {
    const { endedAt, lastSoundAt } = await cut((startedAt) => startedAt + 1);
    expect(endedAt).toBe(lastSoundAt);
  });

  it('EL11: without any sound with the last event', async () => {
    const { endedAt, startedAt } = await cut(null);
    expect(endedAt).toBe(startedAt);
  });

  it('EL11: not in the future, whatever a receiver tells', async () => {
    const { endedAt, killedAt } = await cut((startedAt) => startedAt + 86_400_000);
    expect(endedAt).toBeGreaterThanOrEqual(killedAt);
    expect(endedAt).toBeLessThanOrEqual(Date.now());
  });
});

describe('an upload that is worked on when the door ends', () => {
  it.each([undefined, 'kill'] as const)('is marked at its next start (%s), and can be sent again', async (how) => {
    const answer = await uploadSegment(sfu, longTone);
    expect(answer.status).toBe(202);
    const { segmentId } = segmentViewSchema.parse(await answer.json());
    await sfu.restartDoor(how);
    const view = segmentViewSchema.parse(await (await sfu.get(`/api/v1/segments/${segmentId}`)).json());
    expect(view).toMatchObject({ status: 'failed', error: 'interrupted' });
  });
});

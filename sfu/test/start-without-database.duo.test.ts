import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BroadcastView, SegmentView } from '@loa/shared/protocol/live';
import type { ReceiverView } from '@loa/shared/protocol/receivers';
import { createRig, type JoinedReceiver, numbersOf, type Rig } from './support/rig.ts';
import { makeTone } from './support/audio-files.ts';
import { outcomeOf, uploadSegment } from './support/segment-upload.ts';
import { type SfuStack, startSfuStack } from './support/sfu-stack.ts';
import { waitFor } from './support/wait-for.ts';

/** A door, and then a whole node, that begins while the database is away. The tests build on each other, in this order. */

let sfu: SfuStack;
let rig: Rig;
let receiver: JoinedReceiver;
let voice: BroadcastView;
let segment: SegmentView;
const alarms: BroadcastView[] = [];
/** A broadcast that there is not: to stop it is refused. */
const unknown = randomUUID();

beforeAll(async () => {
  sfu = await startSfuStack({ separate: true });
  rig = createRig(sfu);
  receiver = await rig.join('26509');
  segment = await outcomeOf(sfu, await uploadSegment(sfu, await makeTone(join(sfu.dataDir, 'tone.wav'), 3)));
  voice = await rig.startLive(await rig.speak(1), ['747']);
  await waitFor(() => (numbersOf(receiver, 1).length > 20 ? '' : 'the voice'));
  await waitFor(async () =>
    (await sfu.prisma.broadcast.count({ where: { id: voice.broadcastId } })) ? '' : 'its row',
  );
  await waitFor(() => {
    const kept = keptOf('segments').includes(segment.segmentId) && keptOf('receivers').includes(receiver.receiverId);
    return kept ? '' : 'what the next door begins with';
  }, 20_000);
});
afterAll(async () => {
  await rig.reset();
  await sfu.close();
});

/** What a door keeps for the next one. */
function keptOf(name: string): string {
  const path = join(sfu.dataDir, 'last-known', `${name}.json`);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

const listed = async <T>(what: string): Promise<T[]> =>
  ((await (await sfu.get(`/api/v1/${what}`)).json()) as Record<string, T[]>)[what] ?? [];

async function alarmIsHeard(tone: number): Promise<void> {
  receiver = await rig.rejoin(receiver);
  alarms.push(await rig.startLive(await rig.speak(tone), ['26509'], { level: 3 }));
  await waitFor(() => (numbersOf(receiver, tone).length > 20 ? '' : `emergency ${tone}`));
}

const sendRecord = (id: string) => {
  const { receiverId, assignment } = receiver;
  const sound = { firstSoundAt: 1_000, lastSoundAt: 2_000, renderedMs: 1_000, lostPackets: 0, concealedMs: 0 };
  const record = { id, receiverId, zoneId: assignment.zoneId, tag: 1, rank: 76, levelDbfs: -20, final: true, ...sound };
  return receiver.socket.timeout(40_000).emitWithAck('playout:records', { records: [record] }) as Promise<{
    ok: boolean;
  }>;
};

/** Every event has the one before it as its predecessor, and none was decided beside another. */
async function expectOneHistory(): Promise<void> {
  const events = await sfu.prisma.logEvent.findMany({ orderBy: { version: 'asc' } });
  for (const [i, { version, prevHash }] of events.entries())
    expect([Number(version), prevHash]).toEqual([i + 1, events[i - 1]?.hash ?? '']);
  expect(await sfu.prisma.branchEvent.count()).toBe(0);
}

const untilStored = (id: string, endReason: string | null) =>
  waitFor(async () => {
    const row = await sfu.prisma.broadcast.findUnique({ where: { id } }).catch(() => undefined);
    return row && row.endReason === endReason ? '' : `stored: ${JSON.stringify(row)}`;
  }, 30_000);

describe('EL30: a door that begins while the database is away', () => {
  const recordId = randomUUID();

  it('comes up with the zones, receivers and stored sound of before, and with what is on air', async () => {
    const before = { receivers: (await listed('receivers')).length, zones: (await listed('zones')).length };
    await sfu.database.stop();
    await sfu.restartDoor('kill');
    expect(await rig.broadcast(voice.broadcastId)).toMatchObject({ phase: 'on-air', title: voice.title });
    expect({ receivers: (await listed('receivers')).length, zones: (await listed('zones')).length }).toEqual(before);
    expect(await listed<SegmentView>('segments')).toEqual([segment]);
  });

  it('takes an emergency, which is heard; records are asked for again', async () => {
    await alarmIsHeard(7);
    expect(await sendRecord(recordId)).toMatchObject({ ok: false, error: { code: 'unavailable' } });
    await rig.stop(alarms[0]?.broadcastId ?? '');
  });

  it('when the database is back all of it is stored, as one history', async () => {
    await sfu.database.start();
    await untilStored(alarms[0]?.broadcastId ?? '', 'stopped');
    await untilStored(voice.broadcastId, null);
    await expectOneHistory();
    await waitFor(async () => ((await sendRecord(recordId)).ok ? '' : 'the record'), 30_000);
  });
});

describe('EL30, EL31: a whole node that is killed and begins again while the database is away', () => {
  it('goes on from the last that it had decided: what was on air ends, and an emergency is heard', async () => {
    await sfu.database.stop();
    await alarmIsHeard(9);
    expect((await rig.stop(unknown)).status).toBe(409);
    await waitFor(() => {
      const waits = keptOf('unstored-events').includes(alarms[1]?.broadcastId ?? 'none');
      return waits && keptOf('unstored-refusals').includes(unknown) ? '' : 'what waits on disk';
    });
    await sfu.kill();
    await sfu.restart();
    expect((await listed<BroadcastView>('broadcasts')).map(({ title }) => title)).toEqual([]);
    expect((await listed<ReceiverView>('receivers')).length).toBeGreaterThan(1);
    await alarmIsHeard(8);
  });

  it('when the database is back all of it is stored, as one history: what was decided before the kill, and what was refused', async () => {
    await rig.stop(alarms[2]?.broadcastId ?? '');
    await sfu.database.start();
    await untilStored(alarms[2]?.broadcastId ?? '', 'stopped');
    await untilStored(alarms[1]?.broadcastId ?? '', 'restarted');
    await untilStored(voice.broadcastId, 'restarted');
    await expectOneHistory();
    await waitFor(async () => {
      const refusals = await sfu.prisma.refusal.findMany();
      const found = refusals.filter(({ detail }) => JSON.stringify(detail).includes(unknown));
      return found.length === 1 ? '' : `${found.length} refusals`;
    }, 30_000);
    await waitFor(() => (keptOf('unstored-events') + keptOf('unstored-refusals') === '' ? '' : 'nothing that waits'));
  });
});

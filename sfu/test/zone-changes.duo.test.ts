import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Change, changeSchema, snapshotSchema } from '@loa/shared/protocol/live';
import type { ReceiverView } from '@loa/shared/protocol/receivers';
import type { Zone } from '@loa/shared/zones/zone';
import { listenTo } from './support/foreign-client.ts';
import { startReceiverProcess } from './support/receiver-process.ts';
import { createRig, heardOf, type JoinedReceiver, numbersOf, type Rig } from './support/rig.ts';
import { type SfuStack, startSfuStack } from './support/sfu-stack.ts';
import { waitFor } from './support/wait-for.ts';
import { addZone, mergeWards } from './support/zone-reform.ts';

/** The door notices every change of zones and receivers by itself; nothing is restarted, and what is on air goes on. */

let sfu: SfuStack;
let rig: Rig;

beforeAll(async () => {
  sfu = await startSfuStack({ settings: { SFU_ZONE_CHECK_MS: '200' } });
  rig = createRig(sfu);
});
afterAll(() => sfu.close());
afterEach(() => rig.reset());

const clusterOf = (wardCode: string, n = 1) => sfu.zoneByCode(`77.${wardCode}.L.${String(n).padStart(4, '0')}`);
const pathOf = ({ assignment }: JoinedReceiver) => assignment.path.map(({ zoneId }) => zoneId as string);

async function zonesNow(): Promise<{ zones: Zone[]; treeVersion: string }> {
  return (await (await sfu.get('/api/v1/zones')).json()) as { zones: Zone[]; treeVersion: string };
}

async function viewOf(receiverId: string): Promise<ReceiverView | undefined> {
  const { receivers } = (await (await sfu.get('/api/v1/receivers')).json()) as { receivers: ReceiverView[] };
  return receivers.find((view) => view.receiverId === receiverId);
}

/** Resolves when the receiver is told to register again. */
function reassigned({ socket }: JoinedReceiver): Promise<void> {
  return new Promise((resolve) => socket.once('receiver:reassigned', () => resolve()));
}

/** Numbers of the frames that came over either of two paths, each once. */
function joined(before: JoinedReceiver, after: JoinedReceiver, tone: number): number[] {
  const heard = [...heardOf(before, tone), ...heardOf(after, tone)];
  return [...new Set(heard.map(({ payload }) => payload.readUInt16BE(3)))].sort((a, b) => a - b);
}

function expectUnbroken(numbers: readonly number[]) {
  expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] ?? 0) + i));
}

describe('a receiver is moved to another ward while something is on air', () => {
  it.each<[string, (receiverId: string, zoneId: string) => Promise<unknown>]>([
    ['in the database', (id, zoneId) => sfu.prisma.receiver.update({ where: { id }, data: { zoneId } })],
    ['over the API', (id, zoneId) => sfu.call('PATCH', `/api/v1/receivers/${id}`, { zoneId })],
  ])('%s: it joins the new path, stays there, and who was not moved misses nothing', async (_, move) => {
    const [from, to] = [clusterOf('26506'), clusterOf('26509')];
    const receiver = await rig.join(from.code);
    const other = await rig.join(clusterOf('26506', 2).code);
    await rig.startLive(await rig.speak(1), ['26506']);
    await rig.startLive(await rig.speak(2), ['26509']);
    await waitFor(() => (numbersOf(receiver, 1).length > 60 ? '' : 'the voice of the old ward'));

    const told = reassigned(receiver);
    await move(receiver.receiverId, to.id);
    await told;
    const moved = await rig.rejoin(receiver);
    expect(moved.assignment.zoneId).toBe(to.id);
    await waitFor(() => (numbersOf(moved, 2).length > 50 ? '' : 'the voice of the new ward'));
    expect(numbersOf(moved, 1)).toEqual([]);
    expectUnbroken(numbersOf(other, 1).slice(50));

    expect((await rig.rejoin(moved)).assignment.zoneId).toBe(to.id);
    expect(await viewOf(receiver.receiverId)).toMatchObject({ zoneId: to.id, online: true });
    const row = await sfu.prisma.receiver.findUniqueOrThrow({ where: { id: receiver.receiverId } });
    expect(row).toMatchObject({ zoneId: to.id, askedZone: from.code });
    // What it says counts again as soon as it says something new.
    const back = await rig.rejoin({ ...moved, zone: clusterOf('26506', 3).code });
    expect(back.assignment.zoneId).toBe(clusterOf('26506', 3).id);
  });

  it('to a zone that is not there: refused', async () => {
    const { receiverId } = await rig.join(clusterOf('26506').code);
    const response = await sfu.call('PATCH', `/api/v1/receivers/${receiverId}`, { zoneId: 'nowhere' });
    expect([response.status, await response.json()]).toMatchObject([404, { error: { field: 'zoneId' } }]);
  });

  it('the program that stands at the sites follows by itself', async () => {
    const receiver = startReceiverProcess(sfu, clusterOf('26506').code);
    rig.keep(receiver);
    const [{ tag: first }, { tag: second }] = [
      await rig.startLive(await rig.speak(1), ['26506']),
      await rig.startLive(await rig.speak(2), ['26509']),
    ];
    const sounding = async () => (await viewOf(receiver.id))?.report?.sounding.map(({ tag }) => tag) ?? [];
    await waitFor(async () => ((await sounding()).includes(first) ? '' : 'the voice of the old ward'));
    await sfu.prisma.receiver.update({ where: { id: receiver.id }, data: { zoneId: clusterOf('26509').id } });
    await waitFor(async () => ((await sounding()).includes(second) ? '' : 'the voice of the new ward'));
    expect(await sounding()).toEqual([second]);
  });
});

describe('what is added', () => {
  it('a cluster is there for pages and receivers, and hears what is on air in its ward', async () => {
    const studio = await rig.studio();
    const changes: Change[] = [];
    studio.on('live:changed', (change) => changes.push(changeSchema.parse(change)));
    const before = await zonesNow();
    await rig.startLive(await rig.speak(1), ['26506']);
    const cluster = await addZone(sfu, clusterOf('26506').parentId ?? '', 'cluster');

    await waitFor(() => (changes.some(({ treeVersion }) => treeVersion) ? '' : 'the news of the tree'));
    const { zones, treeVersion } = await zonesNow();
    expect(zones.find(({ id }) => id === cluster.id)).toMatchObject({ code: cluster.code });
    expect(zones).toHaveLength(before.zones.length + 1);
    expect(changes.findLast((change) => change.treeVersion)?.treeVersion).toBe(treeVersion);
    const answer = (await studio.timeout(5_000).emitWithAck('live:sync')) as { data: unknown };
    expect(snapshotSchema.parse(answer.data).treeVersion).toBe(treeVersion);

    const receiver = await rig.join(cluster.code);
    expect(pathOf(receiver).at(-1)).toBe(cluster.id);
    await waitFor(() => (numbersOf(receiver, 1).length > 20 ? '' : 'the voice'));
    expect((await rig.startLive(await rig.speak(2), [], { zones: [cluster.id], level: 2 })).phase).toBe('on-air');
    await waitFor(() => (numbersOf(receiver, 2).length > 20 ? '' : 'the voice of the cluster'));
  });

  it('a receiver that staff enrols is seen at once, and is met with its own settings', async () => {
    const zoneId = clusterOf('26512').id;
    const [known, quick] = [`staff-${randomUUID()}`, `staff-${randomUUID()}`];
    const enrol = (id: string) => sfu.prisma.receiver.create({ data: { id, name: 'Loa mới', zoneId, volume: 35 } });
    await enrol(known);
    await waitFor(async () => ((await viewOf(known)) ? '' : 'the new receiver'));
    expect(await viewOf(known)).toMatchObject({ online: false, zoneId, volume: 35 });
    await enrol(quick);
    for (const id of [known, quick]) {
      const { assignment } = await rig.join(clusterOf('26506').code, id);
      expect(assignment).toMatchObject({ zoneId, volume: 35 });
    }
  });

  it('rows that are no tree are not taken over; when they are one again, they are', async () => {
    const before = await zonesNow();
    const lost = await addZone(sfu, null, 'ward');
    const stamp = await addZone(sfu, clusterOf('26506').parentId ?? '', 'cluster');
    // The receiver was read after the zones, so the zones have been looked at by now.
    const id = `staff-${randomUUID()}`;
    await sfu.prisma.receiver.create({ data: { id, name: 'Loa', zoneId: stamp.id } });
    await waitFor(async () => ((await viewOf(id)) ? '' : 'the new receiver'));
    expect((await zonesNow()).treeVersion).toBe(before.treeVersion);
    await sfu.prisma.zone.delete({ where: { id: lost.id } });
    await waitFor(async () => ((await zonesNow()).zones.some((zone) => zone.id === stamp.id) ? '' : 'the cluster'));
    expect(await viewOf(id)).toMatchObject({ zoneId: stamp.id });
  });
});

describe('two wards become one at an instant', () => {
  it('ZT8, ZT9, BR28: what is on air goes on in its old area without a gap, receivers move by themselves', async () => {
    const [north, south] = [sfu.zoneByCode('26515'), sfu.zoneByCode('26518')];
    const doomed = clusterOf('26518', 2);
    const receiver = await rig.join(clusterOf('26515').code);
    const neighbour = await rig.join(clusterOf('26518').code);
    const listener = rig.keep(await listenTo(`${sfu.url}/whep/zones/${north.code}`, null, 1));
    const talk = await rig.startLive(await rig.speak(1), ['26515']);
    const other = await rig.startLive(await rig.speak(2), ['26518']);
    const local = await rig.startLive(await rig.speak(3), [], { zones: [doomed.id], level: 2 });
    await waitFor(() => (numbersOf(receiver, 1).length > 60 ? '' : 'the voice'));

    const told = reassigned(receiver);
    const at = Date.now() + 3_000;
    // Long before the instant, as it is done in earnest; one site is given up.
    const merger = await mergeWards(sfu, [north, south], at, [doomed.id]);
    const before = await zonesNow();
    await told;
    expect(Date.now()).toBeGreaterThanOrEqual(at);
    const moved = await rig.rejoin(receiver);
    expect(pathOf(moved)).toEqual(
      [sfu.zones.find(({ kind }) => kind === 'city')?.id, merger.wardId].concat(
        merger.heirOf(clusterOf('26515').parentId ?? ''),
        merger.heirOf(clusterOf('26515').id),
      ),
    );
    await waitFor(() => (numbersOf(moved, 1).length > 60 ? '' : 'the voice on the new path'));
    expectUnbroken(joined(receiver, moved, 1).slice(50));

    const { zones, treeVersion } = await zonesNow();
    expect(treeVersion).not.toBe(before.treeVersion);
    expect(zones.filter(({ code }) => code === '26515').map(({ id }) => id)).toEqual([merger.wardId]);
    const quarters = sfu.zones.filter(({ parentId }) => parentId === north.id).map(({ id }) => merger.heirOf(id));
    expect((await rig.broadcast(talk.broadcastId)).zones.sort()).toEqual(quarters.sort());
    const neighbourMoved = await rig.rejoin(neighbour);
    await waitFor(() => (numbersOf(neighbourMoved, 2).length > 20 ? '' : 'the voice of the neighbour'));
    expect(numbersOf(neighbourMoved, 1)).toEqual([]);
    expect(await rig.broadcast(local.broadcastId)).toMatchObject({ phase: 'ended', endReason: 'zones-gone' });

    const log = await sfu.prisma.logEvent.findMany({ where: { type: 'broadcast-rezoned' } });
    expect(log.map(({ broadcastId }) => broadcastId).sort()).toEqual([talk.broadcastId, other.broadcastId].sort());
    const heard = numbersOf(listener, 1).length;
    await waitFor(() => (numbersOf(listener, 1).length > heard + 20 ? '' : 'the public page of the ward that was'));
    // Nothing of the past was touched: the old rows say how it was.
    expect(await sfu.prisma.zone.findUnique({ where: { id: north.id } })).toMatchObject({ parentId: north.parentId });
  });

  it('also when the door was away at that instant', async () => {
    const [north, south] = [sfu.zoneByCode('26521'), sfu.zoneByCode('26524')];
    const receiver = await rig.join(clusterOf('26521').code);
    const talk = await rig.startLive(await rig.speak(1), ['26521']);
    await waitFor(() => (numbersOf(receiver, 1).length > 60 ? '' : 'the voice'));
    const merger = await mergeWards(sfu, [north, south], Date.now(), []);
    await sfu.restartDoor();
    const moved = await rig.join(clusterOf('26521').code, receiver.receiverId);
    expect(moved.assignment.zoneId).toBe(merger.heirOf(clusterOf('26521').id));
    await waitFor(() => (numbersOf(moved, 1).length > 60 ? '' : 'the voice on the new path'));
    expectUnbroken(joined(receiver, moved, 1).slice(50));
    expect(await rig.broadcast(talk.broadcastId)).toMatchObject({ phase: 'on-air', tag: talk.tag });

    // A page that does not know of the merger yet names the wards that were.
    const alarm = await rig.startLive(await rig.speak(2), ['26521', '26524'], { level: 3 });
    expect(alarm.zones).toEqual([merger.wardId]);
    await waitFor(() => (numbersOf(moved, 2).length > 20 ? '' : 'the emergency'));
  });
});

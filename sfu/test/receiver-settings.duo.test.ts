import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Change, SegmentView } from '@loa/shared/protocol/live';
import { MIN_EMERGENCY_VOLUME } from '@loa/shared/protocol/limits';
import type { ReceiverView } from '@loa/shared/protocol/receivers';
import { makeTone } from './support/audio-files.ts';
import { type ReceiverProcess, startReceiverProcess } from './support/receiver-process.ts';
import { createRig, type Rig } from './support/rig.ts';
import { outcomeOf, uploadSegment } from './support/segment-upload.ts';
import { type SfuStack, startSfuStack } from './support/sfu-stack.ts';
import { waitFor } from './support/wait-for.ts';

/** What staff sets, and whom it removes, from the API down to the loudspeaker. */

let sfu: SfuStack;
let rig: Rig;

beforeAll(async () => {
  sfu = await startSfuStack({ separate: true });
  rig = createRig(sfu);
});
afterAll(() => sfu.close());
afterEach(() => rig.reset());

const call = (method: string, path: string, body?: object) => sfu.call(method, `/api/v1${path}`, body);

async function viewOf(receiverId: string): Promise<ReceiverView | undefined> {
  const { receivers } = (await (await sfu.get('/api/v1/receivers')).json()) as { receivers: ReceiverView[] };
  return receivers.find((view) => view.receiverId === receiverId);
}

const WAV_HEADER_BYTES = 44;
const READING_SAMPLES = 48_000 * 0.2;

/** Level of a reading of what it has played, dBFS; the last one, or so many before it. */
function levelOf(receiver: ReceiverProcess, before = 0): number {
  const samples = new Int16Array(READING_SAMPLES);
  if (!existsSync(receiver.wavPath)) return Number.NEGATIVE_INFINITY;
  const file = openSync(receiver.wavPath, 'r');
  try {
    const start = (fstatSync(file).size & ~1) - (before + 1) * samples.byteLength;
    if (start < WAV_HEADER_BYTES) return Number.NEGATIVE_INFINITY;
    readSync(file, samples, 0, samples.byteLength, start);
  } finally {
    closeSync(file);
  }
  const power = samples.reduce((sum, sample) => sum + (sample / 32_768) ** 2, 0) / samples.length;
  return 10 * Math.log10(power);
}

describe('what staff sets is heard', () => {
  let tone: SegmentView;
  let receiver: ReceiverProcess;

  beforeAll(async () => {
    tone = await outcomeOf(sfu, await uploadSegment(sfu, await makeTone(join(sfu.dataDir, 'tone.wav'), 120)));
    receiver = startReceiverProcess(sfu, '26506');
    await waitFor(async () => ((await viewOf(receiver.id))?.report?.path === 'up' ? '' : 'the receiver on its path'));
  });
  afterAll(() => receiver.close());

  const set = async (settings: object) => {
    const answer = await call('PATCH', `/receivers/${receiver.id}`, settings);
    expect([answer.status, await answer.json()]).toMatchObject([200, settings]);
  };
  const play = async (level: number) => {
    const source = { kind: 'segment', segmentId: tone.segmentId, durationMs: 1 };
    const answer = await rig.start(source, ['26506'], { level });
    expect(answer.status).toBe(201);
  };
  /** Waits until it sounds as loud as `expected`, in dBFS. */
  const untilLevel = (expected: number) =>
    waitFor(() => {
      const level = levelOf(receiver);
      return Math.abs(level - expected) < 1 ? '' : `${expected.toFixed(1)} dBFS; it is ${level.toFixed(1)}`;
    }, 15_000);
  const untilSilent = () =>
    waitFor(() => (levelOf(receiver) < -90 ? '' : `silence; ${levelOf(receiver).toFixed(1)}`), 15_000);

  it('PO12: volume, mute, and an emergency that neither of them keeps down', async () => {
    await set({ volume: 100, emergencyVolume: 100, muted: false });
    await play(1);
    // What the programme stands at is not of interest here, but how far it moves.
    await waitFor(() => {
      const [before, last] = [levelOf(receiver, 1), levelOf(receiver)];
      return last > -40 && Math.abs(last - before) < 0.1
        ? ''
        : `a steady tone; ${before.toFixed(1)}, ${last.toFixed(1)}`;
    }, 15_000);
    const full = levelOf(receiver);
    await set({ volume: 60 });
    await untilLevel(full - 16);
    await set({ muted: true });
    await untilSilent();
    await play(3);
    await untilLevel(full);
    await set({ emergencyVolume: 60 });
    await untilLevel(full - 16);
    const tooLow = await call('PATCH', `/receivers/${receiver.id}`, { emergencyVolume: MIN_EMERGENCY_VOLUME - 1 });
    expect([tooLow.status, await tooLow.json()]).toMatchObject([400, { error: { field: 'emergencyVolume' } }]);
    expect(await viewOf(receiver.id)).toMatchObject({ volume: 60, emergencyVolume: 60, muted: true });
  });
});

describe('what a page sets', () => {
  it('is acknowledged without data, seen by every page and told to the receiver', async () => {
    const [setting, watching] = [await rig.studio(), await rig.studio()];
    const changes: Change[] = [];
    watching.on('live:changed', (change: Change) => changes.push(change));
    const { receiverId, socket } = await rig.join('26509');
    const told: object[] = [];
    // Its playout delay may be moved meanwhile, by an order of its own.
    socket.on('receiver:settings', (settings: object) => 'playoutDelayMs' in settings || told.push(settings));
    const answer = await setting.timeout(5_000).emitWithAck('receiver:set', { receiverId, volume: 33 });
    expect(answer).toEqual({ ok: true, data: null });
    await waitFor(() => (told.length === 1 ? '' : 'the settings'));
    expect(told).toEqual([{ volume: 33 }]);
    await waitFor(() => {
      const seen = changes.flatMap(({ receivers }) => receivers ?? []).filter((view) => view.receiverId === receiverId);
      return seen.at(-1)?.volume === 33 ? '' : 'the change';
    });
  });
});

describe('removing a receiver', () => {
  const remove = async (id: string, token = sfu.token) => {
    const answer = await fetch(`${sfu.url}/api/v1/receivers/${id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${token}` },
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
  };

  it('is refused while it is online; then it is gone for everybody, its records stay, and it may come back', async () => {
    const { receiverId, socket, assignment } = await rig.join('26509');
    expect(await remove(receiverId)).toMatchObject({ status: 409, body: { error: { code: 'conflict' } } });
    const record = {
      id: `record-of-${receiverId}`,
      receiverId,
      tag: 1,
      rank: 76,
      zoneId: assignment.zoneId,
      firstSoundAt: 1_000,
      lastSoundAt: 2_000,
      renderedMs: 1_000,
      lostPackets: 0,
      concealedMs: 0,
      levelDbfs: -20,
      final: true,
    };
    const stored = await socket.timeout(5_000).emitWithAck('playout:records', { records: [record] });
    expect(stored).toEqual({ ok: true, data: { stored: [record.id], unstorable: [] } });

    const page = await rig.studio();
    const changes: Change[] = [];
    page.on('live:changed', (change: Change) => changes.push(change));
    socket.disconnect();
    await waitFor(async () => ((await viewOf(receiverId))?.online === false ? '' : 'offline'));
    expect(await remove(receiverId)).toEqual({ status: 204, body: null });
    expect(await viewOf(receiverId)).toBeUndefined();
    await waitFor(() =>
      changes.some(({ removedReceivers }) => removedReceivers?.includes(receiverId as never)) ? '' : 'the news',
    );
    const { records } = (await (await sfu.get(`/api/v1/playout-records?receiverId=${receiverId}`)).json()) as {
      records: object[];
    };
    expect(records).toMatchObject([{ id: record.id }]);
    expect(await remove(receiverId)).toMatchObject({ status: 404 });

    // Another door, or this one after a restart, does not know it either.
    await sfu.restartDoor();
    expect(await viewOf(receiverId)).toBeUndefined();
    await rig.join('26512', receiverId);
    expect(await viewOf(receiverId)).toMatchObject({ online: true, zoneId: sfu.zoneByCode('26512').id });
  });

  it('needs the token, and a receiver that there is', async () => {
    expect(await remove('nobody')).toMatchObject({ status: 404, body: { error: { field: 'receiverId' } } });
    expect(await remove('nobody', 'wrong')).toMatchObject({ status: 401 });
  });
});

it('records are asked for by ids, and what is none is told so', async () => {
  for (const field of ['broadcastId', 'receiverId']) {
    const answer = await sfu.get(`/api/v1/playout-records?${field}=%00`);
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: { code: 'bad-request', field } }]);
  }
});

import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MAX_LIVE_BROADCASTS } from '@loa/shared/broadcasts/limits';
import { problemSchema } from '@loa/shared/protocol/errors';
import { type BroadcastView, previewSchema } from '@loa/shared/protocol/live';
import { postOffer } from './support/foreign-client.ts';
import { chromeWhip } from './support/offers.ts';
import { reportOf } from './support/receiver-report.ts';
import { createRig, type JoinedReceiver, numbersOf, type Rig } from './support/rig.ts';
import { type SfuStack, startSfuStack } from './support/sfu-stack.ts';
import { startSoundProbe } from './support/sound-probe.ts';
import { waitFor } from './support/wait-for.ts';

let sfu: SfuStack;
let rig: Rig;

beforeAll(async () => {
  sfu = await startSfuStack({ separate: true });
  rig = createRig(sfu);
});
afterAll(() => sfu.close());
afterEach(() => rig.reset());

const live = (sourceId: string) => ({ kind: 'live', sourceId });

async function refusalOf(response: Response) {
  const { error } = (await response.json()) as { error: unknown };
  const problem = problemSchema.parse(error);
  return { status: response.status, code: problem.code, ...(problem.details as object) };
}

/** A session that was opened and whose client has not come yet: cheap, and a source all the same. */
async function openedSource(): Promise<string> {
  const response = await postOffer(`${sfu.url}/whip`, sfu.token, chromeWhip);
  const location = response.headers.get('location') ?? '';
  rig.keep({
    close: () =>
      fetch(`${sfu.url}${location}`, { method: 'DELETE', headers: { authorization: `Bearer ${sfu.token}` } }),
  });
  return location.split('/').at(-1) ?? '';
}

async function previewOf(sourceId: string, codes: readonly string[], rest: object) {
  const response = await sfu.post('/api/v1/broadcasts/preview', {
    id: randomUUID(),
    key: randomUUID(),
    title: 'Xem trước',
    source: live(sourceId),
    zones: codes.map((code) => sfu.zoneByCode(code).id),
    level: 1,
    authority: 1,
    mode: 'replace',
    wait: false,
    ...rest,
  });
  expect(response.status).toBe(200);
  return previewSchema.parse(await response.json());
}

describe('two presenters, the same ward, the same rank', () => {
  it('BR27: at the same time one gets it and the other is told who has it', async () => {
    const sources = [await rig.speak(1), await rig.speak(2)];
    const answers = await Promise.all(sources.map(({ sourceId }) => rig.start(live(sourceId), ['26506'])));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    const winner = (await answers.find(({ status }) => status === 201)?.json()) as BroadcastView;
    const loser = answers.find(({ status }) => status === 409);
    expect(loser && (await refusalOf(loser))).toMatchObject({
      code: 'zones-taken',
      holders: [{ zone: sfu.zoneByCode('26506').id, broadcastId: winner.broadcastId }],
    });
  });

  it('BR6: the refusal is stored, with who asked and who holds the zone', async () => {
    const [first, second] = [await rig.speak(1), await rig.speak(2)];
    const { broadcastId } = await rig.startLive(first, ['26506']);
    const title = `Bị từ chối ${randomUUID()}`;
    expect((await rig.start(live(second.sourceId), ['26506'], { title })).status).toBe(409);
    const stored = () => sfu.prisma.refusal.findMany({ where: { detail: { path: ['title'], equals: title } } });
    await waitFor(async () => ((await stored()).length === 1 ? '' : 'the refusal'));
    expect((await stored())[0]).toMatchObject({
      code: 'zones-taken',
      commandType: 'start',
      by: { name: 'API' },
      detail: { holders: [{ broadcastId }], zoneCount: 1 },
    });
    const log = (await (await sfu.get('/api/v1/log')).json()) as { entries: Array<{ kind: string; type: string }> };
    expect(log.entries.some(({ kind, type }) => kind === 'refusal' && type === 'zones-taken')).toBe(true);
  });

  it('BR12: who waits is let on the air when the first one leaves', async () => {
    const [first, second] = [await rig.speak(1), await rig.speak(2)];
    const listener = await rig.join('26506');
    const { broadcastId } = await rig.startLive(first, ['26506']);
    const waiting = await rig.startLive(second, ['26506'], { wait: true });
    expect(waiting.phase).toBe('waiting');
    await waitFor(() => (numbersOf(listener, 1).length > 20 ? '' : 'the first voice'));
    expect(numbersOf(listener, 2)).toEqual([]);
    await rig.stop(broadcastId);
    await waitFor(() => (numbersOf(listener, 2).length > 20 ? '' : 'the second voice'));
    const admitted = await rig.broadcast(waiting.broadcastId);
    expect(admitted).toMatchObject({ phase: 'on-air' });
    expect(admitted.startedAt).toBeGreaterThan(waiting.startedAt);
    const stored = async () =>
      (await sfu.prisma.broadcast.findUnique({ where: { id: waiting.broadcastId } }))?.startedAt.getTime();
    await waitFor(async () => ((await stored()) === admitted.startedAt ? '' : `stored: ${String(await stored())}`));
  });
});

describe('BR21: the same key again', () => {
  it('changes nothing, also all at once and after the end', async () => {
    const source = await rig.speak(1);
    const rest = { id: randomUUID(), key: randomUUID() };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => rig.start(live(source.sourceId), ['26506'], rest)),
    );
    const views = (await Promise.all(answers.map((answer) => answer.json()))) as BroadcastView[];
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 201));
    expect(new Set(views.map(({ broadcastId, tag }) => `${broadcastId} ${tag}`)).size).toBe(1);
    await rig.stop(rest.id);
    const late = await rig.start(live(source.sourceId), ['26506'], rest);
    expect([late.status, await late.json()]).toMatchObject([201, { broadcastId: rest.id, phase: 'ended' }]);
  });
});

describe('BR23: a preview is what then happens', () => {
  it('who hears it, who is interrupted, and who is counted', async () => {
    const [voice, alarm] = [await rig.speak(1), await rig.speak(2)];
    await rig.join('26506');
    const lower = await rig.startLive(voice, ['26506', '26509']);
    const preview = await previewOf(alarm.sourceId, ['26506'], { level: 2 });
    expect(preview).toMatchObject({
      outcome: 'starts',
      hears: [sfu.zoneByCode('26506').id],
      interrupts: [{ broadcastId: lower.broadcastId, title: lower.title, zones: [sfu.zoneByCode('26506').id] }],
      receivers: { online: 1 },
    });
    const higher = await rig.startLive(alarm, ['26506'], { level: 2 });
    expect((await rig.broadcast(lower.broadcastId)).interrupted).toEqual([
      { zone: sfu.zoneByCode('26506').id, by: higher.broadcastId },
    ]);
  });

  it('the log of one broadcast is what happened to it, and nothing else', async () => {
    const [voice, other] = [await rig.speak(1), await rig.speak(2)];
    const { broadcastId } = await rig.startLive(voice, ['26506', '26509']);
    const higher = await rig.startLive(other, ['26506'], { level: 2 });
    await rig.stop(higher.broadcastId);
    const expected = ['broadcast-resumed', 'broadcast-interrupted', 'broadcast-started'];
    await waitFor(async () => {
      const page = (await (await sfu.get(`/api/v1/log?broadcastId=${broadcastId}`)).json()) as {
        entries: Array<{ type: string; broadcastId: string }>;
      };
      expect(page.entries.every((entry) => entry.broadcastId === broadcastId)).toBe(true);
      const types = page.entries.map(({ type }) => type);
      return types.join() === expected.join() ? '' : `the log: ${types.join()}`;
    });
  });

  it('BR30: who is online and silent all the same, and why', async () => {
    const [muted, down, lost, well] = await Promise.all(
      ['26506', '26506', '26506', '26506'].map((ward) => rig.join(ward)),
    );
    const set = (receiver: JoinedReceiver | undefined, settings: object) =>
      sfu.call('PATCH', `/api/v1/receivers/${receiver?.receiverId ?? ''}`, settings);
    expect((await set(muted, { muted: true })).status).toBe(200);
    expect((await set(down, { volume: 0 })).status).toBe(200);
    await lost?.socket.timeout(5_000).emitWithAck('receiver:report', { ...reportOf([]), path: 'lost' });
    await well?.socket.timeout(5_000).emitWithAck('receiver:report', reportOf([]));
    const zoneId = sfu.zoneByCode('26506').id;
    const named = (receiver: JoinedReceiver | undefined, why: string) => ({
      receiverId: receiver?.receiverId,
      name: receiver?.receiverId,
      zoneId,
      why,
    });
    const { receivers } = await previewOf('nobody', ['26506'], {});
    expect(receivers.online).toBe(1);
    expect(receivers.muted).toHaveLength(3);
    expect(receivers.muted).toEqual(
      expect.arrayContaining([named(muted, 'muted'), named(down, 'volume-zero'), named(lost, 'no-media-path')]),
    );
    const emergency = await previewOf('nobody', ['26506'], { level: 3 });
    expect(emergency.receivers).toMatchObject({ online: 3, muted: [named(lost, 'no-media-path')] });
  });

  it('a refusal; and who would hear a microphone that is not open yet', async () => {
    const [voice, second] = [await rig.speak(1), await rig.speak(2)];
    await rig.startLive(voice, ['26506']);
    expect(await previewOf(second.sourceId, ['26506'], {})).toMatchObject({
      outcome: 'refused',
      refusal: { code: 'zones-taken' },
    });
    expect(await previewOf('nobody', ['26509'], {})).toMatchObject({
      outcome: 'starts',
      refusal: null,
    });
    expect(await previewOf(second.sourceId, ['26506'], { wait: true })).toMatchObject({ outcome: 'waits' });
  });
});

describe('BR29: an emergency whose microphone a lower broadcast uses', () => {
  it('takes it, as its preview says, and is heard; also when it has lost its own', async () => {
    const [mic, other] = [await rig.speak(1), await rig.speak(2)];
    const listener = await rig.join('26506');
    const lower = await rig.startLive(mic, ['26506', '26509']);
    const { ends } = await previewOf(mic.sourceId, ['26506'], { level: 3 });
    expect(ends).toEqual([{ broadcastId: lower.broadcastId, title: lower.title }]);
    const alarm = await rig.startLive(mic, ['26506'], { level: 3 });
    expect(await rig.broadcast(lower.broadcastId)).toMatchObject({ phase: 'ended', endReason: 'source-taken' });
    await waitFor(() => (listener.heard.some(({ tag }) => tag === alarm.tag) ? '' : 'the emergency'));

    const second = await rig.startLive(other, ['26509'], { level: 1 });
    const studio = await rig.studio();
    const ref = { broadcastId: alarm.broadcastId, sourceId: other.sourceId };
    const attached: unknown = await studio.timeout(5_000).emitWithAck('broadcast:attach', ref);
    expect(attached).toMatchObject({ ok: true, data: { phase: 'on-air', source: { sourceId: other.sourceId } } });
    expect(await rig.broadcast(second.broadcastId)).toMatchObject({ phase: 'ended', endReason: 'source-taken' });
    await waitFor(() => (numbersOf(listener, 2).length > 20 ? '' : 'the emergency with its other microphone'));
    const stored = () => sfu.prisma.broadcast.findUnique({ where: { id: lower.broadcastId } });
    await waitFor(async () => ((await stored())?.endReason === 'source-taken' ? '' : 'the reason is not stored'));
  });
});

it('BR20: too many broadcasts are refused, what is on air goes on, and an emergency still has its place', async () => {
  const clusters = sfu.zones.filter(({ kind }) => kind === 'cluster').map(({ code }) => code);
  const probe = rig.keep(await startSoundProbe(sfu, clusters.at(-1) ?? ''));
  await probe.begin();
  for (let n = 1; n < MAX_LIVE_BROADCASTS; n++) {
    const response = await rig.start(live(await openedSource()), [clusters[n] ?? '']);
    expect(response.status).toBe(201);
  }
  const one = await openedSource();
  const surplus = await rig.start(live(one), [clusters[MAX_LIVE_BROADCASTS] ?? '']);
  expect(await refusalOf(surplus)).toMatchObject({ status: 409, code: 'too-many-broadcasts' });
  await probe.expectSound();
  await probe.expectUnbroken();
  expect((await rig.start(live(one), ['747'], { level: 3 })).status).toBe(201);
});

import { randomUUID } from 'node:crypto';
import { io, type Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Assignment } from '@loa/shared/protocol/receivers';
import { pilotSchema } from '@loa/shared/protocol/pilot';
import { type ForeignListener, type ForeignSource, listenTo, publish } from './support/foreign-client.ts';
import { type SfuStack, startSfuStack } from './support/sfu-stack.ts';
import { waitFor } from './support/wait-for.ts';

let sfu: SfuStack;
const open: Array<{ close(): unknown }> = [];

beforeAll(async () => {
  sfu = await startSfuStack();
}, 60_000);
afterAll(() => sfu.close());
afterEach(async () => {
  const { broadcasts } = (await (await sfu.get('/api/v1/broadcasts')).json()) as {
    broadcasts: Array<{ broadcastId: string }>;
  };
  for (const { broadcastId } of broadcasts) await sfu.post(`/api/v1/broadcasts/${broadcastId}/stop`, {});
  for (const thing of open.splice(0)) await thing.close();
});

/** Registers as a receiver and joins with one m-line for control and one for each zone of the path. */
async function join(zone: string): Promise<ForeignListener & { assignment: Assignment; socket: Socket }> {
  const socket = io(`${sfu.url}/receivers`, { auth: { protocol: 1, token: sfu.token }, transports: ['websocket'] });
  open.push(socket);
  const receiverId = `test-${randomUUID()}`;
  const registration = { receiverId, name: receiverId, kind: 'loudspeaker', zone, softwareVersion: 'test' };
  const answer = (await socket.emitWithAck('receiver:register', registration)) as { ok: boolean; data: Assignment };
  expect(answer.ok).toBe(true);
  const listener = await listenTo(answer.data.whepUrl, sfu.token, 1 + answer.data.path.length);
  open.push(listener);
  return { ...listener, assignment: answer.data, socket };
}

async function speak(tone: number): Promise<ForeignSource> {
  const source = await publish(sfu.url, sfu.token);
  open.push(source);
  source.play((n) => Buffer.from([0xf8, 0xff, tone, n & 0xff]));
  return source;
}

function start(source: string, codes: string[], rest: object = {}) {
  return sfu.post('/api/v1/broadcasts', {
    id: randomUUID(),
    key: randomUUID(),
    title: 'Thông báo thử',
    source: { kind: 'live', sourceId: source },
    zones: codes.map((code) => sfu.zoneByCode(code).id),
    level: 1,
    authority: 1,
    mode: 'replace',
    wait: false,
    ...rest,
  });
}

const speech = (listener: ForeignListener, tone: number) =>
  listener.heard.filter(({ payload }) => payload[2] === tone && payload.length === 4);

describe('from WHIP to WHEP', () => {
  it('is heard in the chosen ward and nowhere else, labelled with its rank and tag', async () => {
    const here = await join('26506');
    const elsewhere = await join('26509');
    const source = await speak(7);
    const response = await start(source.sourceId, ['26506']);
    expect(response.status).toBe(201);
    const view = (await response.json()) as { tag: number; rank: number };
    await waitFor(() => (speech(here, 7).length > 80 ? '' : `${speech(here, 7).length} packets in the ward`));
    expect(speech(elsewhere, 7)).toHaveLength(0);
    for (const packet of speech(here, 7))
      expect(packet).toMatchObject({ tag: view.tag, rank: view.rank, overlay: false, line: 2 });
    const sequence = speech(here, 7).map(({ sequenceNumber }) => sequenceNumber);
    expect(sequence.slice(1).every((value, i) => value === (((sequence[i] ?? 0) + 1) & 0xffff))).toBe(true);
    const steps = speech(here, 7)
      .slice(40)
      .map(({ timestamp }, i) => timestamp - (speech(here, 7)[39 + i]?.timestamp ?? 0));
    expect(steps.every((step) => Math.abs(step - 960) <= 1)).toBe(true);
  });

  it('an emergency on the city reaches everybody on the root bus while the ward goes on below it', async () => {
    const here = await join('26506');
    const elsewhere = await join('26509');
    const voice = await speak(1);
    const alarm = await speak(2);
    await start(voice.sourceId, ['26506']);
    await waitFor(() => (speech(here, 1).length > 5 ? '' : 'the voice'));
    const emergency = (await (await start(alarm.sourceId, ['747'], { level: 3, authority: 3 })).json()) as {
      broadcastId: string;
    };
    await waitFor(() => (speech(elsewhere, 2).length > 10 && speech(here, 2).length > 10 ? '' : 'the emergency'));
    expect(speech(here, 2).every(({ line }) => line === 1)).toBe(true);
    const duringEmergency = speech(here, 1).length;
    await sfu.post(`/api/v1/broadcasts/${emergency.broadcastId}/stop`, {});
    await waitFor(() => (speech(here, 1).length > duringEmergency + 10 ? '' : 'the voice again'));
    const last = here.heard.filter(({ rank, marker }) => rank >= 192 && marker);
    expect(last.length).toBeGreaterThan(0);
  });

  it('the pilot comes once a second on the first line and is valid', async () => {
    const here = await join('26506');
    const pilots = () =>
      here.heard
        .filter(({ line }) => line === 0)
        .map(({ payload }) => pilotSchema.parse(JSON.parse(payload.toString())));
    await waitFor(() => (pilots().length >= 3 ? '' : `${pilots().length} pilots`));
    const counts = pilots().map(({ count }) => count);
    expect(counts[2]).toBe((counts[0] ?? 0) + 2);
  });

  it('a plain player with its own payload type hears the winner of the zone', async () => {
    const voice = await speak(3);
    const player = await listenTo(`${sfu.url}/whep/zones/26506`, null, 1, 96);
    open.push(player);
    await start(voice.sourceId, ['26506']);
    await waitFor(() => (speech(player, 3).length > 10 ? '' : 'the voice'));
    const alarm = await speak(4);
    await start(alarm.sourceId, ['747'], { level: 3 });
    await waitFor(() => (speech(player, 4).length > 10 ? '' : 'the emergency'));
    const firstAlarm = player.heard.findIndex(({ payload }) => payload[2] === 4);
    expect(player.heard.slice(firstAlarm).every(({ payload }) => payload[2] !== 3)).toBe(true);
  });
});

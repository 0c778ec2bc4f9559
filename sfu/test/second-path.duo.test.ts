import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EMERGENCY_RANK } from '@loa/shared/broadcasts/rank';
import type { ZoneId } from '@loa/shared/ids';
import { isEnd } from '@loa/shared/protocol/stand-in';
import { type ForeignListener, listenTo, postOffer } from './support/foreign-client.ts';
import { firefoxWhep } from './support/offers.ts';
import type { RedisServer } from './support/redis-server.ts';
import { heardOf, type JoinedReceiver, numbersOf } from './support/rig.ts';
import type { SfuStack } from './support/sfu-stack.ts';
import { doorsAt, startTwoNodes, type TwoNodes } from './support/two-nodes.ts';
import { waitFor } from './support/wait-for.ts';

/** Second paths at one node, of receivers that are connected to the other. */

/** Places of node b. */
const PLACES = 4;

let redis: RedisServer;
let nodes: TwoNodes['nodes'];
let rigs: TwoNodes['rigs'];
/** Sessions that are to be ended. */
const opened: string[] = [];

beforeAll(async () => {
  const network = await startTwoNodes({ ownData: true, settings: { SFU_MAX_LISTENERS: String(PLACES) } });
  ({ redis, nodes, rigs } = network);
  return network.close;
});
afterEach(async () => {
  // These clients say no farewell of their own.
  await Promise.all(opened.splice(0).map((session) => fetch(session, { method: 'DELETE' })));
  for (const rig of rigs) await rig.reset();
  await nodes[1].post('/api/v1/node/drain', { draining: false });
  await waitFor(async () => ((await pathsAt(nodes[1])) === 0 ? '' : 'the end of all paths'));
});

const figureOf = async (node: SfuStack, name: string) =>
  Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(await (await node.get('/metrics')).text())?.[1]);
const pathsAt = (node: SfuStack) => figureOf(node, 'loa_paths');

const urlAt = (node: SfuStack, id: string) => `${node.url}/whep/receivers/${id}?path=second`;
const answerAt = async (url: string, token: string | null = nodes[0].token) => {
  const answer = await postOffer(url, token, firefoxWhep);
  return { status: answer.status, text: await answer.text() };
};
/** Another door has to have told of the receiver. */
const untilKnown = (receiver: JoinedReceiver) =>
  waitFor(async () => {
    const { receivers } = (await (await nodes[1].get('/api/v1/receivers')).json()) as {
      receivers: { receiverId: string; online: boolean }[];
    };
    return receivers.some(({ receiverId, online }) => receiverId === receiver.receiverId && online)
      ? ''
      : 'the word of the other door';
  });
/** Registers and joins a first path, or joins one more of a receiver. */
async function join(n: 0 | 1, zone: string, receiverId?: string): Promise<JoinedReceiver> {
  const receiver = await rigs[n].join(zone, receiverId);
  opened.push(`${nodes[n].url}${receiver.location}`);
  return receiver;
}
/** Joins the second path, at node b, of a receiver of node a. */
async function joinSecond(receiver: JoinedReceiver): Promise<ForeignListener> {
  await untilKnown(receiver);
  const lines = 1 + receiver.assignment.path.length;
  const second = rigs[0].keep(await listenTo(urlAt(nodes[1], receiver.receiverId), nodes[1].token, lines));
  opened.push(`${nodes[1].url}${second.location}`);
  return second;
}
const soundOf = ({ heard }: ForeignListener) => heard.filter(({ line }) => line > 0);

describe('ND20: a second path', () => {
  it('brings pilots, and of all that is on air only emergencies: with equal stamps and labels, and their end', async () => {
    const [a] = rigs;
    const near = await join(0, '26506');
    const second = await joinSecond(near);
    await a.startLive(await a.speak(1), ['26506'], { level: 2 });
    await waitFor(() => (numbersOf(near, 1).length > 50 ? '' : 'the voice'));
    await waitFor(() => (second.heard.some(({ line }) => line === 0) ? '' : 'a pilot'));
    expect(soundOf(second)).toEqual([]);

    const { broadcastId, tag } = await a.startLive(await a.speak(2), ['747'], { level: 3 });
    await waitFor(() => (numbersOf(second, 2).length > 50 ? '' : 'the emergency'));
    const stampOf = new Map(heardOf(near, 2).map((packet) => [packet.payload.readUInt16BE(3), packet.timestamp]));
    const both = heardOf(second, 2).filter(({ payload }) => stampOf.has(payload.readUInt16BE(3)));
    expect(both.length).toBeGreaterThan(20);
    for (const { payload, timestamp } of both) expect(timestamp).toBe(stampOf.get(payload.readUInt16BE(3)));

    await a.stop(broadcastId);
    await waitFor(() => (soundOf(second).some(({ payload }) => isEnd(payload)) ? '' : 'its end'));
    for (const packet of soundOf(second)) expect(packet).toMatchObject({ tag });
    expect(soundOf(second).every(({ rank }) => rank >= EMERGENCY_RANK)).toBe(true);
  });

  it('makes its zones part of the audience for emergencies, and for nothing else', async () => {
    const [a] = rigs;
    const near = await join(0, '26509');
    const second = await joinSecond(near);
    const zone: ZoneId = nodes[0].zoneByCode('26509').id;
    const record = async () =>
      JSON.parse(String(await redis.send('GET', 'loa:node:b'))) as { audience: string[]; emergencyAudience: string[] };
    await waitFor(async () => ((await record()).emergencyAudience.includes(zone) ? '' : 'the word of node b'));
    expect((await record()).audience).not.toContain(zone);
    await a.startLive(await a.speak(1), ['26509'], { level: 3 });
    await waitFor(() => (numbersOf(second, 1).length > 20 ? '' : 'the emergency in that zone alone'));
  });
});

describe('NP20: a second path is refused', () => {
  it('to whoever has no token, asks for something else, or is not connected to another node', async () => {
    const near = await join(0, '26506');
    const { receiverId } = near;
    await untilKnown(near);
    expect(await answerAt(urlAt(nodes[1], receiverId), null)).toMatchObject({ status: 401 });
    expect(await answerAt(urlAt(nodes[1], receiverId).replace('second', 'third'))).toMatchObject({ status: 400 });
    expect(await answerAt(urlAt(nodes[0], receiverId))).toMatchObject({ status: 409 });
    expect(await answerAt(urlAt(nodes[1], 'nobody'))).toMatchObject({ status: 404 });
  });

  it('by a node that is being emptied, which closes those that it has', async () => {
    const near = await join(0, '26506');
    await joinSecond(near);
    expect(await figureOf(nodes[1], 'loa_second_paths')).toBe(1);
    await nodes[1].post('/api/v1/node/drain', {});
    await waitFor(async () => ((await pathsAt(nodes[1])) === 0 ? '' : 'the end of the second path'));
    expect(await answerAt(urlAt(nodes[1], near.receiverId))).toMatchObject({ status: 503 });
  });
});

describe('ND21: the places of a node', () => {
  it('are for first paths: a second one is pushed out, and refused while there is no place', async () => {
    const near = await join(0, '26506');
    await joinSecond(near);
    for (let n = 1; n < PLACES; n++) await join(1, '26509');
    expect([await pathsAt(nodes[1]), await figureOf(nodes[1], 'loa_second_paths')]).toEqual([PLACES, 1]);
    await waitFor(async () => ((await doorsAt(nodes[0])).includes(nodes[1].url) ? '' : 'node b, which is not full'));
    await join(1, '26509');
    expect([await pathsAt(nodes[1]), await figureOf(nodes[1], 'loa_second_paths')]).toEqual([PLACES, 0]);
    const refused = await answerAt(urlAt(nodes[1], near.receiverId));
    expect(refused.status).toBe(429);
    expect(refused.text).toContain('SFU_MAX_LISTENERS');
    await waitFor(async () => ((await doorsAt(nodes[0])).length === 0 ? '' : 'the word that node b is full'));
  });

  it('the first path of a receiver whose second is here takes no further place, and both sound meanwhile', async () => {
    const [, b] = rigs;
    const near = await join(0, '26506');
    const second = await joinSecond(near);
    for (let n = 1; n < PLACES; n++) await join(1, '26509');
    const first = await join(1, '26506', near.receiverId);
    expect([await pathsAt(nodes[1]), await figureOf(nodes[1], 'loa_second_paths')]).toEqual([PLACES + 1, 1]);
    await b.startLive(await b.speak(1), ['26506'], { level: 3 });
    for (const path of [first, second]) await waitFor(() => (numbersOf(path, 1).length > 20 ? '' : 'the emergency'));
  });
});

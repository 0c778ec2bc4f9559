import { describe, expect, it } from 'vitest';
import { MAX_PUBLIC_PAYLOAD_TYPES } from '@loa/shared/protocol/limits';
import type { Problem } from '@loa/shared/protocol/errors';
import { listenTo, postOffer } from './support/foreign-client.ts';
import { playerWithData } from './support/offers.ts';
import { useProbedSfu } from './support/probed-sfu.ts';
import { heardOf, type Rig } from './support/rig.ts';
import type { SfuStack } from './support/sfu-stack.ts';
import { waitFor } from './support/wait-for.ts';

/** People online need no token: whatever they ask for, the sound on air goes on and costs what it did. */

let sfu: SfuStack;
let rig: Rig;

useProbedSfu((started) => ({ sfu, rig } = started), { SFU_WORKERS: '2' });

const PAYLOAD_TYPES = [
  ...Array.from({ length: 29 }, (_, n) => 35 + n),
  ...Array.from({ length: 32 }, (_, n) => 96 + n),
];

const offerWith = (payloadType: number) =>
  playerWithData.replace('SAVPF 96', `SAVPF ${payloadType}`).replace('rtpmap:96', `rtpmap:${payloadType}`);
const post = (zone: string, payloadType: number) =>
  postOffer(`${sfu.url}/whep/zones/${zone}`, null, offerWith(payloadType));

async function leave(location: string | null): Promise<void> {
  expect((await sfu.call('DELETE', location ?? '')).status).toBe(200);
}

async function outputStreams(): Promise<number> {
  const page = await (await sfu.get('/metrics')).text();
  return Number(/^loa_output_streams (\d+)/m.exec(page)?.[1]);
}
const untilStreams = (wanted: number) =>
  waitFor(async () => {
    const streams = await outputStreams();
    return streams === wanted ? '' : `${wanted} streams for people online; there are ${streams}`;
  });

describe('people online', () => {
  it('who come with each payload type and go leave nothing behind, while others listen on', async () => {
    const listener = rig.keep(await listenTo(`${sfu.url}/whep/zones/26509`, null, 1));
    // Somebody elsewhere keeps what the worker has for one of the payload types.
    const elsewhere = rig.keep(await listenTo(`${sfu.url}/whep/zones/26506`, null, 1, 96));
    await rig.startLive(await rig.speak(5), ['26509']);
    await waitFor(() => (heardOf(listener, 5).length > 10 ? '' : 'the sound'));
    for (const payloadType of PAYLOAD_TYPES) {
      const answer = await post('26509', payloadType);
      expect(answer.status).toBe(201);
      await leave(answer.headers.get('location'));
    }
    await untilStreams(2);
    const before = heardOf(listener, 5).length;
    await waitFor(() => (heardOf(listener, 5).length > before + 20 ? '' : 'the sound to go on'));
    await leave(listener.location);
    await leave(elsewhere.location);
    await untilStreams(0);
  });

  it('who stay with ever other payload types are told what helps; a receiver with yet another one comes in', async () => {
    const locations: Array<string | null> = [];
    for (const payloadType of [...PAYLOAD_TYPES.slice(0, MAX_PUBLIC_PAYLOAD_TYPES), 111]) {
      const answer = await post('26509', payloadType);
      expect(answer.status).toBe(201);
      locations.push(answer.headers.get('location'));
    }
    const refused = await post('26509', 127);
    const { error } = (await refused.json()) as { error: Problem };
    expect([refused.status, error.code]).toEqual([429, 'too-many-requests']);
    expect(error.message).toMatch(/offer it as 111/);

    const receiver = await rig.join('26509');
    const unusual = rig.keep(await listenTo(receiver.assignment.whepUrl, sfu.token, 3, 127));
    // They have never come in, and would be shown out before long.
    for (const location of locations) await leave(location);
    await untilStreams(0);
    const source = await rig.speak(6);
    await rig.startLive(source, ['26509']);
    await waitFor(() => (heardOf(unusual, 6).length > 10 ? '' : 'the sound with payload type 127'));
    await waitFor(() => (heardOf(receiver, 6).length > 10 ? '' : 'the sound'));
  });

  it('who listen to the same are on one worker', async () => {
    const first = rig.keep(await listenTo(`${sfu.url}/whep/zones/26509`, null, 1));
    const second = rig.keep(await listenTo(`${sfu.url}/whep/zones/26509`, null, 1));
    expect(await outputStreams()).toBe(1);
    const source = await rig.speak(7);
    await rig.startLive(source, ['26509']);
    for (const listener of [first, second]) await waitFor(() => (heardOf(listener, 7).length > 10 ? '' : 'the sound'));
  });
});

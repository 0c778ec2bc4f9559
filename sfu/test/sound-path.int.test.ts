import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { pilotSchema } from '@loa/shared/protocol/pilot';
import { listenTo } from './support/foreign-client.ts';
import { createRig, heardOf, type Rig } from './support/rig.ts';
import { type SfuStack, startSfuStack } from './support/sfu-stack.ts';
import { waitFor } from './support/wait-for.ts';

let sfu: SfuStack;
let rig: Rig;

beforeAll(async () => {
  sfu = await startSfuStack();
  rig = createRig(sfu);
});
afterAll(() => sfu.close());
afterEach(() => rig.reset());

describe('from WHIP to WHEP', () => {
  it('is heard in the chosen ward and nowhere else, labelled with its rank and tag', async () => {
    const here = await rig.join('26506');
    const elsewhere = await rig.join('26509');
    const source = await rig.speak(7);
    const view = await rig.startLive(source, ['26506']);
    await waitFor(() => (heardOf(here, 7).length > 80 ? '' : `${heardOf(here, 7).length} packets in the ward`));
    expect(heardOf(elsewhere, 7)).toHaveLength(0);
    for (const packet of heardOf(here, 7))
      expect(packet).toMatchObject({ tag: view.tag, rank: view.rank, overlay: false, line: 2 });
    const sequence = heardOf(here, 7).map(({ sequenceNumber }) => sequenceNumber);
    expect(sequence.slice(1).every((value, i) => value === (((sequence[i] ?? 0) + 1) & 0xffff))).toBe(true);
    const steps = heardOf(here, 7)
      .slice(40)
      .map(({ timestamp }, i) => timestamp - (heardOf(here, 7)[39 + i]?.timestamp ?? 0));
    expect(steps.every((step) => Math.abs(step - 960) <= 1)).toBe(true);
  });

  it('PO23: a packet that a receiver asks for again comes again', async () => {
    const here = await rig.join('26506');
    const source = await rig.speak(5);
    await rig.startLive(source, ['26506']);
    await waitFor(() => (heardOf(here, 5).length > 10 ? '' : 'the voice'));
    const asked = heardOf(here, 5)[5];
    if (!asked) throw new Error('no packet');
    const times = () =>
      here.heard.filter(({ ssrc, sequenceNumber }) => ssrc === asked.ssrc && sequenceNumber === asked.sequenceNumber);
    expect(times()).toHaveLength(1);
    await here.askAgain(asked);
    await waitFor(() => (times().length > 1 ? '' : 'the packet again'));
  });

  it('an emergency on the city reaches everybody on the root bus while the ward goes on below it', async () => {
    const here = await rig.join('26506');
    const elsewhere = await rig.join('26509');
    const voice = await rig.speak(1);
    const alarm = await rig.speak(2);
    await rig.startLive(voice, ['26506']);
    await waitFor(() => (heardOf(here, 1).length > 5 ? '' : 'the voice'));
    const emergency = await rig.startLive(alarm, ['747'], { level: 3, authority: 3 });
    await waitFor(() => (heardOf(elsewhere, 2).length > 10 && heardOf(here, 2).length > 10 ? '' : 'the emergency'));
    expect(heardOf(here, 2).every(({ line }) => line === 1)).toBe(true);
    const duringEmergency = heardOf(here, 1).length;
    await rig.stop(emergency.broadcastId);
    await waitFor(() => (heardOf(here, 1).length > duringEmergency + 10 ? '' : 'the voice again'));
    const last = here.heard.filter(({ rank, marker }) => rank >= 192 && marker);
    expect(last.length).toBeGreaterThan(0);
  });

  it('the pilot comes once a second on the first line and is valid', async () => {
    const here = await rig.join('26506');
    const pilots = () =>
      here.heard
        .filter(({ line }) => line === 0)
        .map(({ payload }) => pilotSchema.parse(JSON.parse(payload.toString())));
    await waitFor(() => (pilots().length >= 3 ? '' : `${pilots().length} pilots`));
    const counts = pilots().map(({ count }) => count);
    expect(counts[2]).toBe((counts[0] ?? 0) + 2);
  });

  it('a plain player with its own payload type hears the winner of the zone', async () => {
    const voice = await rig.speak(3);
    const player = rig.keep(await listenTo(`${sfu.url}/whep/zones/26506`, null, 1, 96));
    await rig.startLive(voice, ['26506']);
    await waitFor(() => (heardOf(player, 3).length > 10 ? '' : 'the voice'));
    const alarm = await rig.speak(4);
    await rig.startLive(alarm, ['747'], { level: 3 });
    await waitFor(() => (heardOf(player, 4).length > 10 ? '' : 'the emergency'));
    const firstAlarm = player.heard.findIndex(({ payload }) => payload[2] === 4);
    expect(player.heard.slice(firstAlarm).every(({ payload }) => payload[2] !== 3)).toBe(true);
  });
});

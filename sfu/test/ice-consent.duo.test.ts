import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RTCPeerConnection } from 'werift';
import { createRig, numbersOf, type Rig } from './support/rig.ts';
import { type SfuStack, startSfuStack } from './support/sfu-stack.ts';
import { waitFor } from './support/wait-for.ts';

/** Three questions in a row are lost: clients ask every 6 s at the latest. */
const UNASKED_MS = 20_000;

let sfu: SfuStack;
let rig: Rig;
beforeAll(async () => {
  sfu = await startSfuStack();
  rig = createRig(sfu);
});
afterAll(async () => {
  await rig.reset();
  await sfu.close();
});

/** From now on this client asks nobody whether it may send, as when its questions are lost. */
function stopAsking(connection: RTCPeerConnection): void {
  for (const { connection: ice } of connection.iceTransports)
    if (ice.nominated) ice.nominated.protocol.request = () => new Promise(() => undefined);
}

it('PO112: questions for ICE consent that are lost cut off neither who speaks nor who listens', async () => {
  const source = await rig.speak(7);
  const listener = await rig.join('26506');
  await rig.startLive(source, ['26506']);
  await waitFor(() => (numbersOf(listener, 7).length > 20 ? '' : 'the voice'));
  stopAsking(source.connection);
  stopAsking(listener.connection);
  await sleep(UNASKED_MS);
  const before = numbersOf(listener, 7).length;
  await waitFor(() => (numbersOf(listener, 7).length > before + 50 ? '' : 'the voice afterwards'));
  const numbers = new Set(numbersOf(listener, 7));
  expect(Math.max(...numbers) - Math.min(...numbers) + 1 - numbers.size).toBe(0);
});

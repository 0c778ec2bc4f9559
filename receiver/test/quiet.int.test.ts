import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Snapshot, snapshotSchema } from '@loa/shared/protocol/live';
import { publish } from '../../sfu/test/support/foreign-client.ts';
import { createRig, type Rig } from '../../sfu/test/support/rig.ts';
import { type SfuStack, startSfuStack } from '../../sfu/test/support/sfu-stack.ts';
import { loadOpusWasm } from '../src/player/opus-wasm.ts';
import { createOpusEncoder, toFrames } from './support/opus-encoder.ts';
import { startSite, tonePackets } from './support/site.ts';
import { waitFor } from './support/wait-for.ts';

/** An encoder that is no page of ours, and a receiver that hears what it really sends. */

let sfu: SfuStack;
let rig: Rig;
beforeAll(async () => {
  sfu = await startSfuStack({ separate: true });
  rig = createRig(sfu);
});
afterAll(async () => {
  await rig.reset();
  await sfu.close();
});

async function quietSince(): Promise<number | null | undefined> {
  const studio = await rig.studio();
  const answer = (await studio.timeout(10_000).emitWithAck('live:sync')) as { data: Snapshot };
  studio.close();
  return snapshotSchema.parse(answer.data).tallies[0]?.quietSince;
}

describe('LV10: an encoder that sends silence', () => {
  it('is known by what its receiver plays, and so is that it speaks again', async () => {
    const tone = await tonePackets();
    const encode = createOpusEncoder(await loadOpusWasm());
    const silence = toFrames(new Int16Array(48_000)).map((frame) => Buffer.from(encode(frame)));
    const source = rig.keep(await publish(sfu.url, sfu.token));
    let sent = tone;
    source.play((n) => sent[n % sent.length] as Buffer);
    const site = await startSite(sfu, sfu.zoneByCode('77.26506.L.0001').code, { RECEIVER_ID: 'hears-silence' });
    await rig.startLive(source, ['26506']);
    await waitFor(() => site.receiver.engine.sounding().length === 0 && 'the tone');
    expect(await quietSince()).toBeNull();
    sent = silence;
    await waitFor(async () => typeof (await quietSince()) !== 'number' && 'the silence');
    sent = tone;
    await waitFor(async () => (await quietSince()) !== null && 'the tone again');
    await site.receiver.close();
  });
});

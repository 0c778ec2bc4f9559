import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ReceiverView } from '@loa/shared/protocol/receivers';
import { makeTone } from '../../sfu/test/support/audio-files.ts';
import type { RedisServer } from '../../sfu/test/support/redis-server.ts';
import { createRig } from '../../sfu/test/support/rig.ts';
import { outcomeOf, uploadSegment } from '../../sfu/test/support/segment-upload.ts';
import type { SfuStack } from '../../sfu/test/support/sfu-stack.ts';
import { doorsAt, startTwoNodes, type TwoNodes } from '../../sfu/test/support/two-nodes.ts';
import { type Site, startSite } from './support/site.ts';
import { audibleWindows, readWav, toneAmplitudes } from './support/sound.ts';
import { waitFor } from './support/wait-for.ts';

/** Two nodes, an emergency on air, and a receiver with a path to each: one of the nodes is lost without a word. */

const TONE_HZ = 440;
/** Two periods of the tone: a hole of this length is seen, 5 ms. */
const WINDOW = 240;
/** Whole periods of it, 50 ms: where anything is missing or comes twice, its phase jumps and less of it is found; what PO27 bends it takes 1.3 %. */
const STEADY_WINDOW = 2_400;
const SITE_ID = 'two-paths';

let redis: RedisServer;
let nodes: TwoNodes['nodes'];

beforeAll(async () => {
  const network = await startTwoNodes({ separate: true, ownData: true });
  ({ redis, nodes } = network);
  return network.close;
});

const viewAt = async (node: SfuStack) => {
  const { receivers } = (await (await node.get('/api/v1/receivers')).json()) as { receivers: ReceiverView[] };
  return receivers.find(({ receiverId }) => receiverId === SITE_ID);
};
const packetsOf = ({ receiver }: Site) => receiver.engine.stats().packets;
const untilMore = async (site: Site) => {
  const before = packetsOf(site);
  await waitFor(() => packetsOf(site) < before + 150 && 'three seconds of sound');
};

/** Starts a tone as an emergency; answers the node that plays it (LS4), and the other one. */
async function startEmergency(): Promise<{ player: SfuStack; other: SfuStack }> {
  const file = await makeTone(join(nodes[0].dataDir, 'tone.wav'), 300, TONE_HZ);
  const { segmentId, durationMs } = await outcomeOf(nodes[0], await uploadSegment(nodes[0], file));
  const source = { kind: 'segment', segmentId, durationMs };
  const started = await createRig(nodes[0]).start(source, ['747'], { level: 3 });
  const { broadcastId } = (await started.json()) as { broadcastId: string };
  let player = -1;
  await waitFor(async () => {
    const token = await redis.send('GET', `loa:lease:playout:${broadcastId}`);
    const records = await Promise.all(['a', 'b'].map((node) => redis.send('GET', `loa:node:${node}`)));
    player = records.findIndex((record) => typeof token === 'string' && String(record).includes(token));
    return player < 0 && 'the node that plays it';
  });
  return { player: nodes[player] as SfuStack, other: nodes[1 - player] as SfuStack };
}

describe('PO40, PO41: a receiver with two paths', () => {
  it('hears nothing of the loss of the node of its first one while an emergency is on air; its second path comes back with that node', async () => {
    for (const node of nodes) await waitFor(async () => (await doorsAt(node)).length === 0 && 'the other door');
    const { player, other } = await startEmergency();
    const site = await startSite(other, other.zoneByCode('77.26506.L.0001').code, { RECEIVER_ID: SITE_ID });
    await waitFor(async () => !(await viewAt(other))?.report?.secondPath && 'the second path in a report');
    await untilMore(site);

    await other.kill();
    await waitFor(() => site.times('left the old path') < 1 && 'the first path at the other node');
    await untilMore(site);
    expect(await viewAt(player)).toMatchObject({ online: true, report: { secondPath: false } });
    expect(site.receiver.engine.stats()).toMatchObject({ lostPackets: 0, concealedMs: 0 });

    await other.restart();
    await waitFor(async () => !(await viewAt(player))?.report?.secondPath && 'the second path again');
    await untilMore(site);
    await site.receiver.close();
    const sound = readWav(site.wavPath);
    const audible = audibleWindows(sound, WINDOW);
    const [first, last] = [audible.indexOf(true), audible.lastIndexOf(true)];
    // 9 s and more.
    expect(last - first).toBeGreaterThan(1_800);
    expect(audible.slice(first, last)).not.toContain(false);
    // Without its beginning, where it is faded in and brought into step (PO30).
    const steady = toneAmplitudes(sound.subarray((first + 400) * WINDOW, last * WINDOW), TONE_HZ, STEADY_WINDOW);
    expect(Math.min(...steady) / Math.max(...steady)).toBeGreaterThan(0.95);
  });
});

import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeTone } from '../../sfu/test/support/audio-files.ts';
import type { Rig } from '../../sfu/test/support/rig.ts';
import { outcomeOf, uploadSegment } from '../../sfu/test/support/segment-upload.ts';
import type { SfuStack } from '../../sfu/test/support/sfu-stack.ts';
import { doorsAt, startTwoNodes, type TwoNodes } from '../../sfu/test/support/two-nodes.ts';
import { type Site, startSite } from './support/site.ts';
import { audibleWindows, readWav } from './support/sound.ts';
import { waitFor } from './support/wait-for.ts';

/** Two nodes, one receiver: it goes where there is sound. */

/** Two periods of the tone: a hole of this length is seen, 5 ms. */
const WINDOW = 240;

let nodes: TwoNodes['nodes'];
let rig: Rig;
let broadcastId: string;

beforeAll(async () => {
  const network = await startTwoNodes({ separate: true, ownData: true });
  nodes = network.nodes;
  rig = network.rigs[1];
  for (const node of nodes) await waitFor(async () => (await doorsAt(node)).length === 0 && 'the other door');
  const file = await makeTone(join(nodes[1].dataDir, 'tone.wav'), 300);
  const tone = await outcomeOf(nodes[1], await uploadSegment(nodes[1], file));
  const source = { kind: 'segment', segmentId: tone.segmentId, durationMs: tone.durationMs };
  const started = await rig.start(source, ['747']);
  ({ broadcastId } = (await started.json()) as { broadcastId: string });
  return network.close;
});

const siteAt = async (node: SfuStack, id: string): Promise<Site> => {
  const site = await startSite(node, node.zoneByCode('77.26506.L.0001').code, { RECEIVER_ID: id });
  await waitFor(() => site.receiver.engine.sounding().length === 0 && 'the tone');
  return site;
};

/** Lengths of the holes in what was played, in ms. */
function holesIn(wavPath: string): number[] {
  const audible = audibleWindows(readWav(wavPath), WINDOW);
  const heard = audible.slice(audible.indexOf(true), audible.lastIndexOf(true) + 1);
  expect(heard.length).toBeGreaterThan(200);
  return heard
    .map((is) => (is ? '#' : '.'))
    .join('')
    .split(/#+/)
    .filter(Boolean)
    .map((hole) => (hole.length * WINDOW) / 48);
}

const drain = (node: SfuStack, draining: boolean) => node.post('/api/v1/node/drain', { draining });

describe('ND5: a node that is emptied', () => {
  it('sends its receivers to the other node, and not a sample is lost', async () => {
    const site = await siteAt(nodes[0], 'sent-away');
    expect((await drain(nodes[0], true)).status).toBe(202);
    await waitFor(() => site.times('left the old path') < 1 && 'the end of the old path');
    const before = site.receiver.engine.stats().packets;
    await waitFor(() => site.receiver.engine.stats().packets < before + 100 && 'sound over the new path');
    expect(site.receiver.engine.stats()).toMatchObject({ lostPackets: 0, concealedMs: 0 });
    expect(await (await nodes[0].get('/api/v1/node')).json()).toMatchObject({ draining: true, receivers: 0 });
    expect(await doorsAt(nodes[1])).toEqual([]);
    await site.receiver.close();
    expect(holesIn(site.wavPath)).toEqual([]);

    const late = await siteAt(nodes[0], 'comes-late');
    expect(late.times('moving to another door')).toBe(0);
    expect(await (await nodes[0].get('/api/v1/node')).json()).toMatchObject({ receivers: 0 });
    await late.receiver.close();
    await drain(nodes[0], false);
    await waitFor(async () => (await doorsAt(nodes[1])).length === 0 && 'the node that is back');
  });
});

describe('ND6: a node whose pump hangs', () => {
  it('sends its receivers to the other node, and takes them again when its pump answers', async () => {
    const site = await siteAt(nodes[0], 'pump-hangs');
    const pump = nodes[0].pumpPid;
    process.kill(pump, 'SIGSTOP');
    try {
      await waitFor(() => site.times('left the old path') < 1 && 'the new path');
      const before = site.receiver.engine.stats().packets;
      await waitFor(() => site.receiver.engine.stats().packets < before + 100 && 'sound over the new path');
      const { receivers } = (await (await nodes[1].get('/api/v1/node')).json()) as { receivers: number };
      expect(receivers).toBe(1);
    } finally {
      process.kill(pump, 'SIGCONT');
    }
    await site.receiver.close();

    // Its door has asked before; answers come in the order of the questions.
    await waitFor(async () => (await nodes[0].get('/readyz')).status !== 200 && 'the pump that answers again');
    const late = await siteAt(nodes[0], 'comes-after-it');
    const at = (await (await nodes[0].get('/api/v1/node')).json()) as { receivers: number };
    expect(at.receivers).toBe(1);
    await late.receiver.close();
  });
});

describe('ND4: a node that dies', () => {
  it('is left by its receivers, which go on at the other node; one that is started now goes there, too', async () => {
    const site = await siteAt(nodes[0], 'left-alone');
    await nodes[0].kill();
    await waitFor(() => site.times('left the old path') < 1 && 'the new path');
    const before = site.receiver.engine.stats().packets;
    await waitFor(() => site.receiver.engine.stats().packets < before + 100 && 'sound over the new path');
    await site.receiver.close();
    const holes = holesIn(site.wavPath);
    expect(holes).toHaveLength(1);

    // Its settings know only the node that is dead; what it was told is on its disk.
    const again = await startSite(nodes[0], nodes[0].zoneByCode('77.26506.L.0001').code, {
      RECEIVER_ID: 'left-alone',
      RECEIVER_DATA_DIR: site.folder,
    });
    await waitFor(() => again.receiver.engine.sounding().length === 0 && 'the tone again');
    await again.receiver.close();
    await rig.stop(broadcastId);
  });
});

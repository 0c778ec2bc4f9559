import { existsSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SegmentView, Snapshot, SourceView } from '@loa/shared/protocol/live';
import type { ReceiverView } from '@loa/shared/protocol/receivers';
import { isStandIn } from '@loa/shared/protocol/stand-in';
import { segmentFilePath } from '../src/link/segment-file.ts';
import type { Readiness } from '../src/door/monitoring/readiness.ts';
import { makeTone } from './support/audio-files.ts';
import { reportOf } from './support/receiver-report.ts';
import type { JoinedReceiver } from './support/rig.ts';
import { outcomeOf, uploadSegment } from './support/segment-upload.ts';
import type { SfuStack } from './support/sfu-stack.ts';
import { startTwoNodes, type TwoNodes } from './support/two-nodes.ts';
import { waitFor } from './support/wait-for.ts';

/** What the doors of two nodes know of each other: both show the whole network. */

let nodes: TwoNodes['nodes'];
let rigs: TwoNodes['rigs'];

beforeAll(async () => {
  const network = await startTwoNodes({ ownData: true });
  ({ nodes, rigs } = network);
  for (const node of nodes)
    await waitFor(async () => ((await nodeState(node)).connectedPeers === 1 ? '' : 'the other door'));
  return network.close;
});
afterEach(async () => {
  for (const rig of rigs) await rig.reset();
});

const nodeState = async (node: SfuStack) =>
  (await (await node.get('/api/v1/node')).json()) as { doors: string[]; connectedPeers: number; receivers: number };
const listed = async <T>(node: SfuStack, what: string): Promise<T[]> =>
  ((await (await node.get(`/api/v1/${what}`)).json()) as Record<string, T[]>)[what] ?? [];
const viewAt = async (node: SfuStack, id: string) =>
  (await listed<ReceiverView>(node, 'receivers')).find(({ receiverId }) => receiverId === id);
const untilView = (node: SfuStack, id: string, expected: Partial<ReceiverView>) =>
  waitFor(async () => {
    const view = await viewAt(node, id);
    const fits = Object.entries(expected).every(([field, value]) => view?.[field as keyof ReceiverView] === value);
    return fits ? '' : `${id} is ${JSON.stringify(view)}, not ${JSON.stringify(expected)}`;
  });

describe('ND7: a node that is being emptied', () => {
  it('is not ready and says why; when that is taken back it is ready, and who has not left yet may stay', async () => {
    const [a] = rigs;
    const readiness = async () => {
      const answer = await fetch(`${nodes[0].url}/readyz`);
      return { status: answer.status, body: (await answer.json()) as Readiness };
    };
    const receiver = await a.join('26506');
    const told: string[] = [];
    receiver.socket.on('receiver:move', ({ doors }: { doors: string[] }) => told.push(`move ${doors.join()}`));
    receiver.socket.on(
      'receiver:settings',
      ({ doors }: { doors?: string[] }) => doors && told.push(`know ${doors.join()}`),
    );
    await nodes[0].post('/api/v1/node/drain', {});
    await waitFor(() => (told.includes(`move ${nodes[1].url}`) ? '' : 'the word to go'));
    expect(await readiness()).toMatchObject({
      status: 503,
      body: { ready: false, degraded: ['node'], parts: { node: { ok: false } } },
    });
    told.length = 0;
    await nodes[0].post('/api/v1/node/drain', { draining: false });
    await waitFor(() => (told.includes(`know ${nodes[1].url}`) ? '' : 'the word to stay'));
    expect(told).toEqual(['move ', `know ${nodes[1].url}`]);
    expect(await readiness()).toMatchObject({ status: 200, body: { ready: true, degraded: [] } });
  });
});

describe('NP1: receivers of another node', () => {
  it('are shown with what they report, and counted where a voice is heard', async () => {
    const [a, b] = rigs;
    const [here, there] = [await a.join('26506'), await b.join('26506')];
    const { broadcastId, tag, rank } = await a.startLive(await a.speak(1), ['26506']);
    for (const { socket } of [here, there])
      await socket.emitWithAck('receiver:report', reportOf([{ tag, rank, role: 'main', firstSoundAt: Date.now() }]));
    for (const rig of rigs) {
      const studio = await rig.studio();
      const tally = async () => {
        const { data } = (await studio.emitWithAck('live:sync')) as { data: Snapshot };
        return data.tallies.find((each) => each.broadcastId === broadcastId);
      };
      await waitFor(async () => ((await tally())?.sounding === 2 ? '' : JSON.stringify(await tally())));
    }
  });

  it('are offline everywhere when they have left, and follow their move to this node', async () => {
    const [a, b] = rigs;
    const moving = await a.join('26506');
    await untilView(nodes[1], moving.receiverId, { online: true });
    await b.join('26506', moving.receiverId);
    moving.socket.disconnect();
    await waitFor(async () => ((await nodeState(nodes[0])).receivers === 0 ? '' : 'the end of the old connection'));
    for (const node of nodes) await untilView(node, moving.receiverId, { online: true });
    await b.reset();
    for (const node of nodes) await untilView(node, moving.receiverId, { online: false });
  });

  it('NP2: are set by whoever is asked, wherever they are connected', async () => {
    const [a] = rigs;
    const far: JoinedReceiver = await a.join('26506');
    await untilView(nodes[1], far.receiverId, { online: true });
    const told = new Promise((resolve) => far.socket.once('receiver:settings', resolve));
    const set = await nodes[1].call('PATCH', `/api/v1/receivers/${far.receiverId}`, { volume: 33 });
    expect([set.status, await set.json()]).toMatchObject([200, { volume: 33, online: true }]);
    expect(await told).toEqual({ volume: 33 });
    for (const node of nodes) await untilView(node, far.receiverId, { volume: 33 });
  });

  it('that are connected nowhere are set and removed for all', async () => {
    const [a] = rigs;
    const { receiverId, socket } = await a.join('26509');
    socket.disconnect();
    for (const node of nodes) await untilView(node, receiverId, { online: false });
    const call = (method: string, body?: object) => nodes[1].call(method, `/api/v1/receivers/${receiverId}`, body);
    expect((await call('PATCH', { muted: true })).status).toBe(200);
    await untilView(nodes[0], receiverId, { muted: true });
    expect((await call('DELETE')).status).toBe(204);
    await waitFor(async () => ((await viewAt(nodes[0], receiverId)) ? 'it is still shown' : ''));
  });
});

describe('LS24: a recording that one node cannot read any more', () => {
  it('goes on at the node that can, and ends when none can', async () => {
    const receivers = [await rigs[0].join('26506'), await rigs[1].join('26506')];
    const tone = await makeTone(join(nodes[0].dataDir, 'long.opus'), 120);
    const { segmentId, durationMs } = await outcomeOf(nodes[0], await uploadSegment(nodes[0], tone));
    const files = nodes.map(({ dataDir }) => segmentFilePath(join(dataDir, 'segments'), segmentId));
    await waitFor(() => (files.every((file) => existsSync(file)) ? '' : 'the sound at both nodes'));
    const started = await rigs[0].start({ kind: 'segment', segmentId, durationMs }, ['26506'], { level: 3 });
    expect(started.status).toBe(201);
    const { tag, broadcastId } = (await started.json()) as { tag: number; broadcastId: string };
    const heardBy = ({ heard }: JoinedReceiver) =>
      heard.filter((packet) => packet.tag === tag && !isStandIn(packet.payload)).length;
    const soundingAt = async (node: SfuStack) =>
      ((await (await node.get('/api/v1/node')).json()) as { sounding: Array<{ broadcastId: string }> }).sounding;
    const untilPlayer = async () => {
      let player = -1;
      await waitFor(async () => {
        player = (await Promise.all(nodes.map(soundingAt))).findIndex((list) => list.length > 0);
        return player < 0 ? 'a node that plays it' : '';
      });
      return player;
    };
    await waitFor(() => (receivers.every((receiver) => heardBy(receiver) > 20) ? '' : 'the recording'));

    const player = await untilPlayer();
    truncateSync(files[player] ?? '', 64);
    await waitFor(async () => ((await soundingAt(nodes[1 - player] ?? nodes[0])).length > 0 ? '' : 'the other node'));
    const before = receivers.map(heardBy);
    // More than it had read ahead.
    await waitFor(() =>
      receivers.every((one, n) => heardBy(one) > (before[n] ?? 0) + 450) ? '' : 'nine seconds more',
    );
    for (const rig of rigs) expect(await rig.broadcast(broadcastId)).toMatchObject({ phase: 'on-air' });
    expect(await untilPlayer()).toBe(1 - player);

    truncateSync(files[1 - player] ?? '', 64);
    await waitFor(async () => {
      const { phase, endReason } = await rigs[player]!.broadcast(broadcastId);
      return phase === 'ended' && endReason === 'source-failed' ? '' : `${phase}, ${endReason}`;
    });
  });
});

describe('NP1: sources of another node', () => {
  it('are shown while they are there', async () => {
    const [a] = rigs;
    const { sourceId } = await a.speak(1);
    const at = async (node: SfuStack) =>
      (await listed<SourceView>(node, 'sources')).find((source) => source.sourceId === sourceId);
    await waitFor(async () => ((await at(nodes[1]))?.connected ? '' : 'the source on the other node'));
    await nodes[0].call('DELETE', `/whip/${sourceId}`);
    await waitFor(async () => ((await at(nodes[1])) ? 'it is still shown' : ''));
  });
});

describe('NP3: what is uploaded at one node', () => {
  it('is in the library of the other, with its sound, until it is removed', async () => {
    const file = await makeTone(join(nodes[0].dataDir, 'tone.wav'), 2);
    const { segmentId } = await outcomeOf(nodes[0], await uploadSegment(nodes[0], file));
    const there = async () =>
      (await listed<SegmentView>(nodes[1], 'segments')).find((segment) => segment.segmentId === segmentId);
    await waitFor(async () => ((await there())?.status === 'ready' ? '' : JSON.stringify(await there())));
    const frames = join(nodes[1].dataDir, 'segments', `${segmentId}.frames`);
    await waitFor(() => (existsSync(frames) ? '' : 'its frames'));
    const sounds = await Promise.all(
      nodes.map(async (node) =>
        Buffer.from(await (await node.get(`/api/v1/segments/${segmentId}/audio`)).arrayBuffer()),
      ),
    );
    expect(sounds[0]?.length).toBeGreaterThan(1_000);
    expect(sounds[1]?.equals(sounds[0] ?? Buffer.alloc(0))).toBe(true);
    const removed = await nodes[0].call('DELETE', `/api/v1/segments/${segmentId}`);
    expect(removed.status).toBe(204);
    await waitFor(async () => ((await there()) || existsSync(frames) ? 'it is still there' : ''));
  });
});

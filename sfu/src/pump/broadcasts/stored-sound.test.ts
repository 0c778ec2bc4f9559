import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Command } from '@loa/shared/broadcasts/commands';
import type { BroadcastId } from '@loa/shared/ids';
import { waitFor } from '../../../test/support/wait-for.ts';
import { encodeSegment } from '../../link/segment-file.ts';
import { createStoredSound, type StoredSound } from './stored-sound.ts';

const START = 1_000_000;
const ID = 'stored' as BroadcastId;

let folder: string;
const open: StoredSound[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'loa-stored-'));
  const frames = Array.from({ length: 500 }, (_, n) => Buffer.from([n >> 8, n & 0xff]));
  writeFileSync(join(folder, 'segment'), encodeSegment(frames));
});
afterEach(() => {
  for (const sound of open.splice(0)) sound.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A stored programme on a virtual clock; `node` is what the cluster says of it. */
function setUp(file = 'segment') {
  const node = { plays: false, wasElsewhere: false, isNobodys: false, left: 0, now: START };
  const heard: Array<{ readonly frame: number; readonly stampMs: number }> = [];
  const commands: Command[] = [];
  const sound = createStoredSound({
    id: ID,
    path: join(folder, file),
    cluster: {
      plays: () => node.plays,
      wasElsewhere: () => node.wasElsewhere,
      isNobodys: () => node.isNobodys,
      leave: () => void (node.left += 1),
      fenceOf: () => undefined,
    },
    hasSounded: false,
    now: () => node.now,
    onFrame: ({ stampMs, payload }) => heard.push({ frame: payload.readUInt16BE(0), stampMs }),
    submit: (command) => commands.push(command),
  });
  open.push(sound);
  const follow = (isOwn = false) => sound.follow({ positionMs: 0, runningSince: START }, isOwn);
  const untilHeard = () =>
    waitFor(() => {
      sound.pump(node.now);
      return heard.length > 0 ? '' : 'a frame';
    });
  const untilLeft = () => waitFor(() => (node.left > 0 ? '' : 'the failure'));
  return { sound, node, heard, commands, follow, untilHeard, untilLeft };
}

describe('LS23: where a stored programme begins at a node', () => {
  it('with its first frame, when nobody has played it, however long the node had to wait for it', async () => {
    const { node, heard, follow, untilHeard } = setUp();
    follow();
    Object.assign(node, { plays: true, now: START + 1_400 });
    follow();
    await untilHeard();
    expect(heard[0]).toEqual({ frame: 0, stampMs: START + 1_400 });
  });

  it.each([
    ['its lease was another node’s', { wasElsewhere: true }, () => undefined],
    ['its sound came from another node', {}, (sound: StoredSound) => sound.noteRemote()],
  ])('in step with the others, when %s', async (_, change, happen) => {
    const { sound, node, heard, follow, untilHeard } = setUp();
    follow();
    happen(sound);
    Object.assign(node, { plays: true, now: START + 400, ...change });
    follow();
    await untilHeard();
    expect(heard[0]).toEqual({ frame: 20, stampMs: START + 400 });
  });

  it('in step with the others, when it was on air long before this node had it', async () => {
    const { node, heard, follow, untilHeard } = setUp();
    Object.assign(node, { plays: true, now: START + 4_000 });
    follow();
    await untilHeard();
    expect(heard[0]).toEqual({ frame: 200, stampMs: START + 4_000 });
  });

  it('in step with itself, when it was played here before', async () => {
    const { node, heard, follow, untilHeard } = setUp();
    node.plays = true;
    follow();
    await untilHeard();
    node.plays = false;
    follow();
    Object.assign(node, { plays: true, now: START + 600 });
    follow();
    await waitFor(() => {
      open[0]?.pump(node.now);
      return heard.some(({ frame }) => frame === 30) ? '' : 'the frame of 600 ms';
    });
    expect(heard.map(({ frame, stampMs }) => stampMs - 20 * frame)).toEqual(heard.map(() => START));
  });
});

describe('LS24: a file that cannot be read here', () => {
  it('is left to the other nodes: nothing ends while one may play it, and its sound is taken', async () => {
    const { sound, node, commands, follow, untilLeft } = setUp('missing');
    node.plays = true;
    follow();
    expect(sound.takesRemote).toBe(true);
    await untilLeft();
    node.now += 200;
    sound.pump(node.now);
    follow();
    expect([commands, node.left, sound.takesRemote]).toEqual([[], 1, true]);
  });

  it('ends the programme when nobody plays it, and says so again until it is decided', async () => {
    const { sound, node, commands, follow, untilLeft } = setUp('missing');
    node.plays = true;
    follow();
    await untilLeft();
    node.isNobodys = true;
    for (const ms of [0, 100, 999, 1_000]) sound.pump(START + ms);
    const failed = { type: 'source-failed', broadcastId: ID, detail: expect.stringContaining('ENOENT') as string };
    expect(commands).toEqual([failed, failed]);
  });

  it('ends at once what no other node knows of', async () => {
    const { sound, node, commands, follow, untilLeft } = setUp('missing');
    node.plays = true;
    follow(true);
    await untilLeft();
    sound.pump(START);
    expect(commands).toMatchObject([{ type: 'source-failed' }]);
  });
});

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import type { ReceiverView } from '@loa/shared/protocol/receivers';
import { childrenOf } from './support/children.ts';
import { useProbedSfu } from './support/probed-sfu.ts';
import { startReceiverProcess } from './support/receiver-process.ts';
import type { Rig } from './support/rig.ts';
import type { SfuStack } from './support/sfu-stack.ts';
import type { SoundProbe } from './support/sound-probe.ts';
import { waitFor } from './support/wait-for.ts';

/** Parts that are stuck, slow or out of something: a voice on air in one ward hears nothing of it. */

let sfu: SfuStack;
let rig: Rig;
let probe: SoundProbe;

useProbedSfu((started) => ({ sfu, rig, probe } = started), { SFU_WORKERS: '1' });

const workerPid = () => childrenOf(sfu.pumpPid)[0] ?? 0;

const soundingAt = async (id: string) => {
  const { receivers } = (await (await sfu.get('/api/v1/receivers')).json()) as { receivers: ReceiverView[] };
  const view = receivers.find(({ receiverId }) => receiverId === id);
  return view ? { online: view.online, sounding: (view.report?.sounding.length ?? 0) > 0 } : null;
};

it('a media worker that stands still again and again, each time too short to hang, loses nothing', async () => {
  const worker = workerPid();
  for (let n = 0; n < 8; n++) {
    const heard = (await probe.frames()).length;
    process.kill(worker, 'SIGSTOP');
    const until = performance.now() + 150;
    try {
      await waitFor(() => (performance.now() < until ? 'the time to stand still' : ''));
    } finally {
      process.kill(worker, 'SIGCONT');
    }
    await waitFor(async () => ((await probe.frames()).length > heard + 20 ? '' : 'sound after it'));
  }
  await probe.expectUnbroken();
  expect(workerPid()).toBe(worker);
});

it('a receiver that reads nothing any more is offline soon, and nobody else hears of it', async () => {
  const stuck = rig.keep(startReceiverProcess(sfu, sfu.zoneByCode('26506').id));
  await waitFor(async () => ((await soundingAt(stuck.id))?.sounding ? '' : 'its sound'), 30_000);
  process.kill(stuck.pid, 'SIGSTOP');
  try {
    await waitFor(async () => ((await soundingAt(stuck.id))?.online === false ? '' : 'that it is offline'));
    await probe.expectSound();
    await probe.expectUnbroken();
  } finally {
    process.kill(stuck.pid, 'SIGCONT');
  }
  await waitFor(async () => ((await soundingAt(stuck.id))?.sounding ? '' : 'its sound again'), 30_000);
});

it('a door that can open no more files refuses connections, keeps those that it has, and recovers', async () => {
  const studio = await rig.studio();
  const door = sfu.doorPid;
  const before = /Max open files\s+(\d+)/.exec(readFileSync(`/proc/${door}/limits`, 'utf8'))?.[1];
  // The soft limit alone: it may be raised again by anybody.
  const setLimit = (files: number) =>
    spawnSync('prlimit', ['--pid', String(door), `--nofile=${files}:`], { encoding: 'utf8' });
  const open = readdirSync(`/proc/${door}/fd`).length;
  expect(setLimit(open + 10)).toMatchObject({ status: 0 });
  const crowd: Socket[] = [];
  try {
    const refused = Array.from({ length: 60 }, async () => {
      const socket = connect(Number(new URL(sfu.url).port), '127.0.0.1');
      crowd.push(socket);
      socket.on('error', () => undefined);
      await once(socket, 'close');
    });
    // Most of them are turned away; a few take the last places.
    await Promise.any(refused);
    expect(await studio.timeout(10_000).emitWithAck('live:sync')).toMatchObject({ ok: true });
    await probe.expectSound();
    await probe.expectUnbroken();
  } finally {
    for (const socket of crowd) socket.destroy();
    setLimit(Number(before));
  }
  await waitFor(async () => ((await fetch(`${sfu.url}/readyz`).catch(() => null))?.ok ? '' : 'a door that answers'));
  expect(sfu.doorPid).toBe(door);
});

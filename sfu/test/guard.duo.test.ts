import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from './support/wait-for.ts';

/** The main process of a container and of a systemd service, with a real pump. */

const GUARD = join(import.meta.dirname, '..', 'src', 'guard', 'main.ts');

let folder: string;
let guard: ChildProcess;
let lines: Array<Record<string, unknown>>;
let toldFile: string;

beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'loa-guard-'))));
afterEach(async () => {
  if (guard.exitCode === null && guard.signalCode === null) {
    const gone = once(guard, 'exit');
    const pump = pumpPid();
    guard.kill('SIGKILL');
    if (pump > 0) process.kill(-pump, 'SIGKILL');
    await gone;
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Starts it as systemd does, except that what it tells is written to a file. */
async function start(): Promise<void> {
  toldFile = join(folder, 'told');
  writeFileSync(toldFile, '');
  const programs = join(folder, 'bin');
  mkdirSync(programs);
  writeFileSync(join(programs, 'systemd-notify'), `#!/bin/sh\necho "$*" >> ${toldFile}\n`);
  chmodSync(join(programs, 'systemd-notify'), 0o755);
  guard = spawn(process.execPath, [GUARD], {
    env: {
      PATH: `${programs}:${process.env['PATH'] ?? ''}`,
      HOME: process.env['HOME'],
      MEDIASOUP_WORKER_BIN: process.env['MEDIASOUP_WORKER_BIN'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      LOA_DATA_DIR: join(folder, 'data'),
      SFU_MEDIA_PORT: '0',
      SFU_WORKERS: '1',
      SFU_NODE_ID: 'a',
      NOTIFY_SOCKET: join(folder, 'notify.sock'),
      WATCHDOG_USEC: '1500000',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  lines = [];
  if (guard.stdout)
    createInterface(guard.stdout).on('line', (line) => lines.push(JSON.parse(line) as Record<string, unknown>));
  await waitFor(() => (pumpPid() > 0 ? '' : `the pump: ${JSON.stringify(lines)}`), 30_000);
}

const ready = () => lines.find(({ msg }) => msg === 'pump ready');
const pumpPid = () => Number(ready()?.['pid'] ?? 0);
const workerPid = () => Number((ready()?.['workerPids'] as number[] | undefined)?.[0] ?? 0);
const told = () => readFileSync(toldFile, 'utf8').split('\n').filter(Boolean);
const ended = async () =>
  guard.exitCode === null && guard.signalCode === null ? await once(guard, 'exit') : [guard.exitCode, guard.signalCode];
const isThere = (pid: number) =>
  existsSync(`/proc/${pid}/exe`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

describe('LV5: the guard of a pump', () => {
  it('kills one that hangs, with its media workers, and ends, so that both are started again', async () => {
    await start();
    const [pump, worker] = [pumpPid(), workerPid()];
    await waitFor(() => (told().length > 1 ? '' : 'a watchdog that is fed'));
    process.kill(pump, 'SIGSTOP');
    const [code] = await ended();
    expect(code).toBe(1);
    await waitFor(() => (isThere(pump) || isThere(worker) ? 'the end of pump and worker' : ''));
    expect(lines.at(-1)).toMatchObject({ name: 'guard', node: 'a', level: 60, pumpPid: pump });
  });

  it('tells systemd once that it is ready, and then that it is alive, as long as the pump answers', async () => {
    await start();
    await waitFor(() => (told().length > 2 ? '' : 'a watchdog that is fed'));
    const [first, ...rest] = told();
    expect(first).toBe('READY=1 WATCHDOG=1');
    expect(new Set(rest)).toEqual(new Set(['WATCHDOG=1']));
  });

  it('passes SIGTERM on to the pump alone, which ends in good order', async () => {
    await start();
    const worker = workerPid();
    guard.kill('SIGTERM');
    expect(await ended()).toEqual([0, null]);
    expect(lines.map(({ name, msg }) => `${String(name)}: ${String(msg)}`)).toContain('pump: stopping');
    expect(isThere(worker)).toBe(false);
  });

  it('ends with a pump that dies, and leaves no media worker behind', async () => {
    await start();
    const worker = workerPid();
    process.kill(pumpPid(), 'SIGKILL');
    expect(await ended()).toEqual([1, null]);
    await waitFor(() => (isThere(worker) ? 'the end of the worker' : ''));
  });
});

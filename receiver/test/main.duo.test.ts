import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LoopbackDoor, TEST_TOKEN } from './support/loopback-door.ts';
import { readWav } from './support/sound.ts';
import { waitFor } from './support/wait-for.ts';

const MAIN = new URL('../src/main.ts', import.meta.url).pathname;
/** A process on a busy machine may take this long to start, in ms. */
const START_MS = 50_000;
let door: LoopbackDoor;
let child: ChildProcess | null = null;
let said = '';

function run(environment: Record<string, string>, args: string[] = []): ChildProcess {
  said = '';
  child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'], ...environment },
  });
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (said += String(text)));
  return child;
}

const ended = (): unknown => child?.exitCode === null && `still running: ${said}`;

beforeEach(async () => {
  door = await new LoopbackDoor().open();
});

afterEach(async () => {
  child?.kill('SIGKILL');
  await door.close();
});

describe('the receiver as a process', { timeout: 2 * START_MS }, () => {
  it('joins, and ends in order when it is told to', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'loa-main-'));
    const receiver = run({
      RECEIVER_ZONE: 'zone-cluster',
      RECEIVER_TOKEN: TEST_TOKEN,
      RECEIVER_DOOR_URL: door.url,
      RECEIVER_SINK: 'wav',
      RECEIVER_DATA_DIR: folder,
    });
    await waitFor(() => door.reports.at(-1)?.path !== 'up' && `path is not up: ${said}`, START_MS);
    receiver.kill('SIGTERM');
    await waitFor(ended, START_MS);
    expect(receiver.exitCode).toBe(0);
    expect(door.deletions).toBe(1);
    expect(readWav(join(folder, 'output.wav')).length).toBeGreaterThan(0);
    expect(said).not.toContain(TEST_TOKEN);
  });

  it('runs a fleet', async () => {
    run({ RECEIVER_ZONE: 'zone-cluster', RECEIVER_TOKEN: TEST_TOKEN, RECEIVER_DOOR_URL: door.url }, ['--fleet', '2']);
    await waitFor(() => !said.includes('fleet is up') && `not up: ${said}`, START_MS);
    child?.kill('SIGINT');
    await waitFor(ended, START_MS);
    expect(child?.exitCode).toBe(0);
  });

  it('names what is wrong with its settings and ends with 2', async () => {
    const receiver = run({ RECEIVER_SINK: 'gramophone' });
    await waitFor(ended, START_MS);
    expect(receiver.exitCode).toBe(2);
    for (const name of ['RECEIVER_SINK', 'RECEIVER_ZONE', 'RECEIVER_TOKEN']) expect(said).toContain(name);
  });
});

import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import { withWorkerWrites } from './worker-writes.ts';

/** Says what it is told over its fourth standard stream, as a media worker is. */
const ECHO = 'require("fs").createReadStream("", { fd: 3 }).pipe(process.stdout)';

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

function start(stdio: Array<'ignore' | 'pipe'>): ChildProcess & { readonly pid: number } {
  const child = spawn(process.execPath, ['-e', ECHO], { stdio });
  started.push(child);
  return child as ChildProcess & { readonly pid: number };
}

const WITH_STREAM: Array<'ignore' | 'pipe'> = ['ignore', 'pipe', 'pipe', 'pipe'];

async function startWorker() {
  const { worker, writes } = await withWorkerWrites(() => Promise.resolve(start(WITH_STREAM)));
  const [, stdout, , stream] = worker.stdio;
  return { writes, stream: stream as Writable, stdout: stdout as Readable };
}

it('writes of one turn wait for its end and leave in their order', async () => {
  const { writes, stream, stdout } = await startWorker();
  writes.gather();
  for (const piece of ['a', 'b']) stream.write(piece);
  writes.gather();
  stream.write('c');
  expect(stream.writableLength).toBe(3);
  await new Promise(setImmediate);
  expect(stream.writableCorked).toBe(0);
  stream.end('d');
  expect(await text(stdout)).toBe('abcd');
});

it('each turn is gathered by itself', async () => {
  const { writes, stream, stdout } = await startWorker();
  for (const piece of ['a', 'b', 'c']) {
    writes.gather();
    stream.write(piece);
    await new Promise(setImmediate);
    expect(stream.writableLength).toBe(0);
  }
  stream.end();
  expect(await text(stdout)).toBe('abc');
});

it('finds no stream in a process that another one started, or that has none', async () => {
  const other = start(WITH_STREAM);
  const begun = await Promise.all([
    withWorkerWrites(() => Promise.resolve(other)),
    withWorkerWrites(() => Promise.resolve(start(['ignore', 'pipe', 'pipe']))),
  ]);
  for (const { writes } of begun) {
    expect(writes.found).toBe(false);
    writes.gather();
  }
});

import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Writable } from 'node:stream';

/** mediasoup writes to its worker over the worker's fourth standard stream. */
const TO_WORKER = 3;

/**
 * Gathers what this process writes to a media worker. mediasoup writes each packet by itself; a frame for many zones is many
 * packets, and a system call for each costs several times what the packet does.
 */
export interface WorkerWrites {
  /** Whether the stream to the worker was found; otherwise every packet goes by itself. */
  readonly found: boolean;
  /** What is written from now to the end of this turn of the event loop goes in one piece. */
  gather(): void;
}

/**
 * Starts a worker and finds the stream to it, which mediasoup keeps to itself: Node tells of every process that is started.
 */
export async function withWorkerWrites<T extends { readonly pid: number }>(
  start: () => Promise<T>,
): Promise<{ worker: T; writes: WorkerWrites }> {
  const started: ChildProcess[] = [];
  const onStarted = (message: unknown) => {
    if (message instanceof Object && 'process' in message) started.push(message.process as ChildProcess);
  };
  subscribe('child_process', onStarted);
  try {
    const worker = await start();
    const stream = started.find(({ pid }) => pid === worker.pid)?.stdio[TO_WORKER];
    return { worker, writes: createWorkerWrites(stream instanceof Writable ? stream : null) };
  } finally {
    unsubscribe('child_process', onStarted);
  }
}

function createWorkerWrites(stream: Writable | null): WorkerWrites {
  let gathering = false;
  const letGo = () => {
    gathering = false;
    stream?.uncork();
  };
  return {
    found: stream !== null,
    gather() {
      if (gathering || !stream) return;
      gathering = true;
      stream.cork();
      process.nextTick(letGo);
    },
  };
}

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import type { SfuStack } from './sfu-stack.ts';

const MAIN = join(import.meta.dirname, '..', '..', '..', 'receiver', 'src', 'main.ts');

/** The program that stands at the sites, without a loudspeaker: what it would play is in a file. */
export interface ReceiverProcess {
  readonly id: string;
  readonly pid: number;
  /** Mono, 16 bit, 48 kHz; grows while it runs. */
  readonly wavPath: string;
  close(): Promise<void>;
}

export function startReceiverProcess(sfu: SfuStack, zone: string): ReceiverProcess {
  const id = `site-${randomUUID()}`;
  const dataDir = join(sfu.dataDir, id);
  const wavPath = join(dataDir, 'output.wav');
  const child: ChildProcess = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      RECEIVER_ID: id,
      RECEIVER_ZONE: zone,
      RECEIVER_DOOR_URL: sfu.url,
      RECEIVER_TOKEN: sfu.token,
      RECEIVER_SINK: 'wav',
      RECEIVER_WAV_PATH: wavPath,
      RECEIVER_DATA_DIR: dataDir,
      LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return {
    id,
    pid: child.pid ?? 0,
    wavPath,
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}

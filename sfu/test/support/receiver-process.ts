import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import type { SfuStack } from './sfu-stack.ts';

const MAIN = join(import.meta.dirname, '..', '..', '..', 'receiver', 'src', 'main.ts');

/** The program that stands at the sites, without a loudspeaker. */
export interface ReceiverProcess {
  readonly id: string;
  close(): Promise<void>;
}

export function startReceiverProcess(sfu: SfuStack, zone: string): ReceiverProcess {
  const id = `site-${randomUUID()}`;
  const child: ChildProcess = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      RECEIVER_ID: id,
      RECEIVER_ZONE: zone,
      RECEIVER_DOOR_URL: sfu.url,
      RECEIVER_TOKEN: sfu.token,
      RECEIVER_SINK: 'null',
      RECEIVER_DATA_DIR: join(sfu.dataDir, id),
      LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return {
    id,
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}

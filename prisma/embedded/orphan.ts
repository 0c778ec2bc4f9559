import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const STOP_TIMEOUT_MS = 20_000;
const POLL_MS = 50;

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

const commandOf = (pid: number): string[] => {
  try {
    return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
};

/** Process id of the server that runs on this cluster now; a pid file that another program's pid is in does not count. */
export const findServer = (clusterDir: string): number | null => {
  let pid: number;
  try {
    pid = Number(readFileSync(join(clusterDir, 'postmaster.pid'), 'utf8').split('\n')[0]);
  } catch {
    return null;
  }
  return Number.isInteger(pid) && pid > 1 && commandOf(pid).includes(resolve(clusterDir)) ? pid : null;
};

/** Ends a server whose owner was killed without a chance to stop it. */
export const stopServer = async (clusterDir: string, pid: number): Promise<void> => {
  process.kill(pid, 'SIGINT');
  for (let waited = 0; waited < STOP_TIMEOUT_MS; waited += POLL_MS) {
    if (!isAlive(pid)) return;
    await delay(POLL_MS);
  }
  throw new Error(`the PostgreSQL of ${clusterDir} (process ${String(pid)}) does not stop; end it by hand`);
};

import { type ChildProcess, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import type { ReceiverView } from '@loa/shared/protocol/receivers';
import { RECEIVER_COMMAND } from '../../receiver/src/command.ts';
import type { BenchStack } from './bench-stack.ts';
import { sleep } from './figures.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');

export interface RealReceiver {
  readonly id: string;
  /** Official code of the zone in which it stands. */
  readonly zone: string;
  /** Its sink, and whatever else differs from the defaults. */
  readonly settings: Readonly<Record<string, string>>;
  /** What to put before the command, to run it elsewhere. */
  readonly before?: readonly string[];
  /** Arguments of the program. */
  readonly args?: readonly string[];
}

/** Starts a receiver as a loudspeaker runs it: in a process of its own, with files of its own. */
export function spawnReceiver(
  stack: BenchStack,
  { id, zone, settings, before = [], args = [] }: RealReceiver,
): ChildProcess {
  const env = {
    ...process.env,
    RECEIVER_ID: id,
    RECEIVER_ZONE: zone,
    RECEIVER_DOOR_URL: stack.url,
    RECEIVER_TOKEN: stack.token,
    RECEIVER_DATA_DIR: join(stack.dataDir, id),
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'warn',
    ...settings,
  };
  const [command = process.execPath, ...rest] = [...before, process.execPath, ...RECEIVER_COMMAND, ...args];
  return spawn(command, rest, { cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit'] });
}

/** The zone with this official code. */
export function zoneIdOf(stack: BenchStack, code: string): string {
  const zone = stack.zones.find((one) => one.code === code);
  if (zone === undefined) throw new Error(`the city has no zone ${code}`);
  return zone.id;
}

/** Waits until `count` receivers whose ids begin so report `what`; throws when that takes too long. */
export async function untilReceivers(
  stack: BenchStack,
  {
    prefix,
    count,
    what,
    timeoutMs,
  }: { prefix: string; count: number; what: 'connected' | 'sounding'; timeoutMs: number },
): Promise<void> {
  let ready = 0;
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(500)) {
    const answer = (await (await stack.api('/api/v1/receivers')).json()) as { receivers: ReceiverView[] };
    const ours = answer.receivers.filter(({ receiverId, online }) => online && receiverId.startsWith(prefix));
    ready = ours.filter(({ report }) => (what === 'connected' ? report?.path === 'up' : isSounding(report))).length;
    if (ready >= count) return;
  }
  throw new Error(`${ready} of ${count} receivers are ${what} after ${timeoutMs} ms`);
}

const isSounding = (report: ReceiverView['report']): boolean => report !== null && report.sounding.length > 0;

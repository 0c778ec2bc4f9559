import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { endProcess } from './processes.ts';

export interface LinkQuality {
  /** Each way, in ms. */
  readonly delayMs: number;
  /** Plus or minus, in ms. */
  readonly jitterMs: number;
  /** Share of packets that is lost each way, 0 to 1. */
  readonly loss: number;
}

/** A link to a network of its own, in which a program can be started. Needs root and `/dev/net/tun`. */
export interface BadLink {
  /** Address of this end, where servers have to listen. */
  readonly address: string;
  /** What to put before a command that is to run at the other end. */
  readonly commandThere: readonly string[];
  close(): Promise<void>;
}

const NAMESPACE = `loa-bench-${process.pid}`;
const [HERE, THERE] = ['loa-here', 'loa-there'];
const [ADDRESS_HERE, ADDRESS_THERE] = ['10.203.77.1', '10.203.77.2'];

const ip = (...args: string[]): unknown => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });

export async function openBadLink({ delayMs, jitterMs, loss }: LinkQuality): Promise<BadLink> {
  const bridge = join(import.meta.dirname, 'link-bridge.ts');
  // A link does not wait for a busy machine.
  const args = ['--rr', '4', process.execPath, bridge, HERE, THERE, delayMs, jitterMs, loss].map(String);
  const child = spawn('chrt', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((ready, failed) => {
    child.stdout.once('data', () => ready());
    child.once('exit', () => failed(new Error('the link does not come about: it needs root and /dev/net/tun')));
  });
  ip('netns', 'add', NAMESPACE);
  ip('link', 'set', THERE, 'netns', NAMESPACE);
  ip('addr', 'add', ADDRESS_HERE, 'peer', ADDRESS_THERE, 'dev', HERE);
  ip('link', 'set', HERE, 'up');
  ip('-n', NAMESPACE, 'link', 'set', 'lo', 'up');
  ip('-n', NAMESPACE, 'addr', 'add', ADDRESS_THERE, 'peer', ADDRESS_HERE, 'dev', THERE);
  ip('-n', NAMESPACE, 'link', 'set', THERE, 'up');
  ip('-n', NAMESPACE, 'route', 'add', 'default', 'dev', THERE);
  return {
    address: ADDRESS_HERE,
    commandThere: ['ip', 'netns', 'exec', NAMESPACE],
    async close() {
      await endProcess(child);
      ip('netns', 'delete', NAMESPACE);
    },
  };
}

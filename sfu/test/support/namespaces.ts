import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** Who is not root is it in a user namespace, where the system allows these. Root needs none and keeps its rights to all files. */
const IS_ROOT = process.getuid?.() === 0;
const OWN_USER = IS_ROOT ? [] : ['--user', '--map-root-user'];
const SAME_USER = IS_ROOT ? [] : ['--user', '--preserve-credentials'];

const PROBE = [
  'ip link add loa-hub type bridge',
  'ip link add loa-port type veth peer name loa-host',
  'setpriv --pdeathsig KILL nsenter --version',
].join(' && ');

/** Why there can be no networks of our own here, in the words of the system; null when there can. */
export function whyNoNamespaces(): string | null {
  const { status, error, stderr } = spawnSync('unshare', [...OWN_USER, '--net', '--', 'sh', '-c', PROBE], {
    encoding: 'utf8',
  });
  return status === 0 ? null : (error?.message ?? stderr.trim());
}

/** Runs in a namespace until its input ends, as it does when this process ends, and keeps it: one in which nothing runs is removed. */
const HOLD = ['sh', '-c', 'echo held; exec cat'];

async function hold(command: readonly string[]): Promise<ChildProcess> {
  const [program = '', ...rest] = [...command, '--', ...HOLD];
  const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise<void>((held, failed) => {
    child.stdout.once('data', () => held());
    child.once('error', failed);
    child.once('exit', (code) => failed(new Error(`${program} ended with ${String(code)}`)));
  });
  child.removeAllListeners('exit');
  return child;
}

/** What to put before a command that is to run where that process keeps a namespace. */
export const inside = ({ pid }: ChildProcess) => ['nsenter', '--target', String(pid), '--net', ...SAME_USER, '--'];

/** A network namespace that lasts as long as this process, or until it is released; one `beside` another can be linked to it. Throws where `whyNoNamespaces` says why. */
export function openNamespace(beside?: ChildProcess): Promise<ChildProcess> {
  return hold(beside ? [...inside(beside), 'unshare', '--net'] : ['unshare', ...OWN_USER, '--net']);
}

/** Runs commands of `ip` there, one a line; throws when one is refused. */
export function ip(at: ChildProcess, ...lines: string[]): void {
  const [program = '', ...rest] = [...inside(at), 'ip', '-batch', '-'];
  execFileSync(program, rest, { input: `${lines.join('\n')}\n`, stdio: ['pipe', 'ignore', 'inherit'] });
}

/** Ends those that keep namespaces; these go as soon as nothing else runs in them. */
export async function release(holders: readonly ChildProcess[]): Promise<void> {
  for (const holder of holders) {
    const ended = once(holder, 'exit');
    holder.stdin?.end();
    await ended;
  }
}

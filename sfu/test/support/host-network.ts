import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** A host of its own on a network of the test: every port is free there, and nothing outside that network reaches it. */
export interface NetworkHost {
  readonly address: string;
  /** What to put before a command that is to run there; it is killed when this process ends. */
  readonly commandThere: readonly string[];
  /** From now on packets to it and from it go nowhere, and nobody is told: its link stays up. */
  cutOff(): void;
  reconnect(): void;
}

/** Hosts at one bridge, each a network namespace. They are gone when this process is, however it ends. */
export interface HostNetwork {
  readonly hosts: readonly NetworkHost[];
  close(): Promise<void>;
}

const NETWORK = '10.203.78';
const BRIDGE = 'loa-hub';

/** Who is not root is it in a user namespace, where the system allows these. Root needs none and keeps its rights to all files. */
const IS_ROOT = process.getuid?.() === 0;
const OWN_USER = IS_ROOT ? [] : ['--user', '--map-root-user'];
const SAME_USER = IS_ROOT ? [] : ['--user', '--preserve-credentials'];

const PROBE = [
  'ip link add loa-hub type bridge',
  'ip link add loa-port type veth peer name loa-host',
  'setpriv --pdeathsig KILL nsenter --version',
].join(' && ');

/** Why there can be no such network here, in the words of the system; null when there can. */
export function whyNoHosts(): string | null {
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

const inside = ({ pid }: ChildProcess) => ['nsenter', '--target', String(pid), '--net', ...SAME_USER, '--'];

function ip(at: ChildProcess, ...lines: string[]): void {
  const [program = '', ...rest] = [...inside(at), 'ip', '-batch', '-'];
  execFileSync(program, rest, { input: `${lines.join('\n')}\n`, stdio: ['pipe', 'ignore', 'inherit'] });
}

/** Throws where `whyNoHosts` says why. */
export async function openHostNetwork(count: number): Promise<HostNetwork> {
  const hub = await hold(['unshare', ...OWN_USER, '--net']);
  ip(hub, `link add ${BRIDGE} type bridge`, `link set ${BRIDGE} up`);
  const holders = [hub];
  const hosts: NetworkHost[] = [];
  for (let n = 1; n <= count; n++) {
    const holder = await hold([...inside(hub), 'unshare', '--net']);
    holders.push(holder);
    const [port, address] = [`loa-port${n}`, `${NETWORK}.${n}`];
    const plug = `link set ${port} master ${BRIDGE}`;
    ip(hub, `link add ${port} type veth peer name eth0 netns ${String(holder.pid)}`, plug, `link set ${port} up`);
    ip(holder, `addr add ${address}/24 dev eth0`, 'link set eth0 up', 'link set lo up');
    hosts.push({
      address,
      commandThere: [...inside(holder), 'setpriv', '--pdeathsig', 'KILL', '--'],
      cutOff: () => ip(hub, `link set ${port} nomaster`),
      reconnect: () => ip(hub, plug),
    });
  }
  return {
    hosts,
    async close() {
      for (const holder of holders) {
        const ended = once(holder, 'exit');
        holder.stdin?.end();
        await ended;
      }
    },
  };
}

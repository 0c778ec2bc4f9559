import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inside, ip, openNamespace, release, whyNoNamespaces } from '../../sfu/test/support/namespaces.ts';
import { CHROMIUM } from './browser.ts';
import type { SystemPlace } from './system.ts';

/** A network of the presenter's machine: a link with its own addresses, and its own way to the system. */
export interface Network {
  join(): void;
  /** The link is gone, and with it the address and the routes of the presenter's machine there. */
  leave(): void;
}

/** A machine for the system and one for a presenter's browser, with two links between them: nothing of the one gets to the other but over these. */
export interface TwoNetworks {
  readonly system: SystemPlace;
  /** A program that starts Chromium on the presenter's machine. */
  readonly chromium: string;
  /** Chromium's arguments: what is “this machine” for the tests is the system's for the browser. */
  readonly browserArgs: readonly string[];
  readonly wifi: Network;
  readonly mobile: Network;
  close(): Promise<void>;
}

/** The system's own address, the same by both ways. */
const SYSTEM = '10.203.80.1';

/** One more link; a machine takes the way with the lower metric. */
function lay(system: ChildProcess, presenter: ChildProcess, name: string, subnet: string, metric: number): Network {
  const [far, near] = [`${name}-far`, `${name}-near`];
  ip(system, `link add ${far} type veth peer name ${near} netns ${String(presenter.pid)}`);
  // An IPv6 address that comes a second later is another change of the network.
  ip(presenter, `link set ${near} addrgenmode none`);
  ip(system, `addr add ${subnet}.1/24 dev ${far}`, `link set ${far} up`);
  return {
    join: () =>
      ip(
        presenter,
        `link set ${near} up`,
        `addr add ${subnet}.2/24 dev ${near}`,
        `route add default via ${subnet}.1 dev ${near} metric ${metric}`,
      ),
    leave: () => ip(presenter, `addr flush dev ${near}`, `link set ${near} down`),
  };
}

/** The loopback ports of a namespace, under the same numbers here. */
async function reachPorts(at: ChildProcess, folder: string, ports: readonly number[]): Promise<() => Promise<void>> {
  const [program = '', ...args] = [...inside(at), process.execPath, join(import.meta.dirname, 'namespace-ports.ts')];
  const child = spawn(program, [...args, folder, ...ports.map(String)], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const servers: Server[] = [];
  for (const port of ports) {
    const server = createServer((from) => {
      const to = connect(join(folder, String(port)));
      from.pipe(to).pipe(from);
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
      to.on('error', () => from.destroy()).on('close', () => from.destroy());
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    servers.push(server);
  }
  return async () => {
    for (const server of servers) server.close();
    const ended = once(child, 'exit');
    child.stdin.end();
    await ended;
  };
}

/** Why there can be no such networks here; null when there can. The database of the system is run as another user than root, which only root can. */
export function whyNoTwoNetworks(): string | null {
  return process.getuid?.() === 0 ? whyNoNamespaces() : 'this needs root';
}

export async function layTwoNetworks(): Promise<TwoNetworks> {
  const refusal = whyNoTwoNetworks();
  if (refusal !== null) throw new Error(refusal);
  const system = await openNamespace();
  const presenter = await openNamespace(system);
  ip(system, 'link set lo up', `addr add ${SYSTEM}/32 dev lo`);
  ip(presenter, 'link set lo up');
  const folder = mkdtempSync(join(tmpdir(), 'loa-networks-'));
  const chromium = join(folder, 'chromium');
  writeFileSync(chromium, `#!/bin/sh\nexec ${inside(presenter).join(' ')} ${CHROMIUM} "$@"\n`);
  chmodSync(chromium, 0o755);
  const undo: Array<() => Promise<void>> = [];
  return {
    system: {
      commandThere: inside(system),
      settings: (doorPort) => ({
        SFU_HOST: '0.0.0.0',
        SFU_PUBLIC_URL: `http://127.0.0.1:${doorPort}`,
        SFU_ALLOW_REMOTE: 'yes',
        SFU_MEDIA_HOST: SYSTEM,
        STUDIO_HOST: '0.0.0.0',
      }),
      reach: async (ports) => undo.push(await reachPorts(system, folder, ports)),
    },
    chromium,
    browserArgs: [`--host-resolver-rules=MAP localhost ${SYSTEM},MAP 127.0.0.1 ${SYSTEM}`],
    wifi: lay(system, presenter, 'wifi', '10.203.81', 100),
    mobile: lay(system, presenter, 'mobile', '10.203.82', 200),
    async close() {
      for (const end of undo) await end();
      await release([presenter, system]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

import { inside, ip, openNamespace, release } from './namespaces.ts';

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

/** Throws where `whyNoNamespaces` says why. */
export async function openHostNetwork(count: number): Promise<HostNetwork> {
  const hub = await openNamespace();
  ip(hub, `link add ${BRIDGE} type bridge`, `link set ${BRIDGE} up`);
  const holders = [hub];
  const hosts: NetworkHost[] = [];
  for (let n = 1; n <= count; n++) {
    const holder = await openNamespace(hub);
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
  return { hosts, close: () => release(holders) };
}

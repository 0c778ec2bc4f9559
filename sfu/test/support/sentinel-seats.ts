import { type HostNetwork, openHostNetwork } from './host-network.ts';
import { whyNoNamespaces } from './namespaces.ts';
import { type RedisServer, startRedisServer, startServer } from './redis-server.ts';
import { startRelay } from './relay.ts';

/** Where one server of a set and its Sentinel run, and how that side is cut off from the others. */
export interface Seat {
  /** What to put before the command of a node that is to run on this side. */
  readonly commandThere: readonly string[];
  /** Answers also the port at which the others find it, at `address`. */
  startServer(options: readonly string[]): Promise<{ readonly server: RedisServer; readonly port: number }>;
  startSentinel(file: string): Promise<RedisServer>;
  readonly address: string;
  cutOff(): void;
  reconnect(): void;
  close(): Promise<void>;
}

/** What stands between the servers of a set. */
export interface Seats {
  readonly all: readonly Seat[];
  close(): Promise<void>;
}

const HERE = '127.0.0.1';
const REDIS_PORT = 6379;
const SENTINEL_PORT = 26379;

/** `REDIS_PARTITION_BY=relays` does without namespaces where there could be some. */
const WITHOUT = process.env['REDIS_PARTITION_BY'] === 'relays' ? 'REDIS_PARTITION_BY=relays' : whyNoNamespaces();

/** For titles: what is cut in a partition. */
export const CUT_BY = WITHOUT === null ? 'network namespaces' : 'relays';

/**
 * Each seat is a network namespace with a link to a bridge: a partition loses every packet of a side, those of its Sentinel and its
 * nodes as well. Where none can be made a relay stands before each server instead; what is not cut then is its Sentinel.
 */
export async function openSeats(count: number): Promise<Seats> {
  if (WITHOUT === null) {
    const network = await openHostNetwork(count);
    return { all: hostSeats(network), close: () => network.close() };
  }
  process.stderr.write(`No network namespaces for the Redis servers of this test (${WITHOUT}): relays cut them off.\n`);
  const all = await Promise.all(Array.from({ length: count }, relaySeat));
  return { all, close: () => Promise.resolve() };
}

function hostSeats({ hosts }: HostNetwork): Seat[] {
  return hosts.map((host) => ({
    ...host,
    async startServer(options) {
      return { server: await startServer({ options, at: { ...host, port: REDIS_PORT } }), port: REDIS_PORT };
    },
    startSentinel: (sentinel) => startServer({ sentinel, at: { ...host, port: SENTINEL_PORT } }),
    close: () => Promise.resolve(),
  }));
}

async function relaySeat(): Promise<Seat> {
  const link = await startRelay(0);
  return {
    commandThere: [],
    address: HERE,
    async startServer(options) {
      const announced = ['--replica-announce-ip', HERE, '--replica-announce-port', String(link.port)];
      const server = await startRedisServer(...announced, ...options);
      link.leadTo(server.port);
      return { server, port: link.port };
    },
    startSentinel: (sentinel) => startServer({ sentinel }),
    cutOff: () => link.mute(),
    reconnect: () => link.heal(),
    close: () => link.close(),
  };
}

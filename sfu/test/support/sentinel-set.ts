import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RedisServer, startRedisServer } from './redis-server.ts';
import { type Relay, startRelay } from './relay.ts';
import { waitFor } from './wait-for.ts';

const MASTER = 'loa';
const SENTINELS = 3;
const REPLICAS = 2;
const QUORUM = 2;
/**
 * A server that answers later than this is down. On a busy machine half a second is not late, and a Sentinel does not put right
 * a second master that it took for down a moment ago.
 */
const DOWN_AFTER_MS = 1_500;
const SENTINEL_SETTINGS = [
  `down-after-milliseconds loa ${DOWN_AFTER_MS}`,
  'failover-timeout loa 3000',
  'parallel-syncs loa 2',
];

/** A server as the others reach it: through a link that can be cut. Its own port is for whoever stands on its side. */
export interface SetMember {
  readonly server: RedisServer;
  readonly link: Relay;
}

/** A master with two replicas, watched by three Sentinels: real processes on free ports. */
export interface SentinelSet {
  /** For `REDIS_URL`. */
  readonly url: string;
  /** The server that most of the Sentinels name. */
  master(): Promise<SetMember>;
  /** All servers run, and all but one follow that one. */
  untilHealed(): Promise<void>;
  /** What each server says of itself. */
  describe(): Promise<string>;
  close(): Promise<void>;
}

export async function startSentinelSet(): Promise<SentinelSet> {
  const dir = mkdtempSync(join(tmpdir(), 'loa-sentinels-'));
  const members: SetMember[] = [];
  const addMember = async (...options: string[]): Promise<number> => {
    const link = await startRelay(0);
    const announced = ['--replica-announce-ip', '127.0.0.1', '--replica-announce-port', String(link.port)];
    const server = await startRedisServer(
      ...announced,
      '--repl-timeout',
      '3',
      '--repl-ping-replica-period',
      '1',
      ...options,
    );
    link.leadTo(server.port);
    members.push({ server, link });
    return link.port;
  };
  const firstPort = await addMember();
  for (let n = 0; n < REPLICAS; n++) await addMember('--replicaof', '127.0.0.1', String(firstPort));
  const sentinels: RedisServer[] = [];
  for (let n = 0; n < SENTINELS; n++) {
    const path = join(dir, `sentinel-${n}.conf`);
    const lines = [`monitor ${MASTER} 127.0.0.1 ${firstPort} ${QUORUM}`, ...SENTINEL_SETTINGS];
    writeFileSync(path, lines.map((line) => `sentinel ${line}\n`).join(''));
    sentinels.push(await startRedisServer({ sentinel: path }));
  }

  const masterPorts = async (): Promise<number[]> => {
    const answers = await Promise.all(
      sentinels.map((each) => each.send('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', MASTER)),
    );
    return answers.map((answer) => Number((answer as string[])[1]));
  };
  const master = async (): Promise<SetMember> => {
    const ports = await masterPorts();
    const [port] = ports.sort((a, b) => ports.filter((p) => p === b).length - ports.filter((p) => p === a).length);
    const found = members.find(({ link }) => link.port === port);
    if (!found) throw new Error(`no server has the port ${String(port)}`);
    return found;
  };
  const untilHealed = async () => {
    await waitFor(async () => {
      const ports = await masterPorts();
      if (new Set(ports).size !== 1) return `masters ${ports.join()}`;
      const [port] = ports;
      for (const { server, link } of members) {
        // Who becomes a replica ends all its connections.
        const role = (await server.send('ROLE').catch(() => ['gone'])) as Array<string | number>;
        const follows = role[0] === 'slave' && role[2] === port && role[3] === 'connected';
        if (link.port === port ? role[0] !== 'master' : !follows) return `${server.port} is ${role.join(' ')}`;
      }
      const known = (await sentinels[0]!.send('SENTINEL', 'MASTER', MASTER)) as string[];
      const field = (name: string) => Number(known[known.indexOf(name) + 1]);
      const [others, slaves] = [field('num-other-sentinels'), field('num-slaves')];
      return others === SENTINELS - 1 && slaves === REPLICAS ? '' : `${others} other Sentinels, ${slaves} replicas`;
    }, 40_000);
  };
  await untilHealed();

  return {
    url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join()}/${MASTER}`,
    master,
    untilHealed,
    async describe() {
      const roles = members.map(async ({ server, link }) => {
        const role = (await server.send('ROLE').catch(() => ['gone'])) as unknown[];
        return `${link.port} ${role.slice(0, 4).join(' ')}`;
      });
      return (await Promise.all(roles)).join('; ');
    },
    async close() {
      for (const each of sentinels) await each.close();
      for (const { server, link } of members) {
        await link.close();
        await server.close();
      }
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

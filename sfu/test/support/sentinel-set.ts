import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RedisServer } from './redis-server.ts';
import { openSeats, type Seat } from './sentinel-seats.ts';
import { waitFor } from './wait-for.ts';

const MASTER = 'loa';
/** Each with a server and a Sentinel. */
const SEATS = 3;
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
/** How often Sentinels ask and tell: an old master that comes back is put right after a few of these, not after 10 to 18 s. */
const SENTINEL_PERIODS = ['INFO-PERIOD', '1000', 'PUBLISH-PERIOD', '500'];
const SERVER_SETTINGS = ['--repl-timeout', '3', '--repl-ping-replica-period', '1'];

/** A server, and all that is cut off with it. Its own address is for whoever stands on its side. */
export interface SetMember extends Pick<Seat, 'commandThere' | 'cutOff' | 'reconnect'> {
  readonly server: RedisServer;
  /** `host:port` as the others find it. */
  readonly place: string;
}

/** A master with two replicas, watched by three Sentinels: real processes. */
export interface SentinelSet {
  /** For `REDIS_URL`. */
  readonly url: string;
  readonly members: readonly SetMember[];
  /** The server that most of the Sentinels name. */
  master(): Promise<SetMember>;
  /** How often Sentinels have put another master in the place of one. */
  failovers(): Promise<number>;
  /** All servers run, and all but one follow that one. */
  untilHealed(): Promise<void>;
  /** What each server says of itself. */
  describe(): Promise<string>;
  close(): Promise<void>;
}

export async function startSentinelSet(): Promise<SentinelSet> {
  const dir = mkdtempSync(join(tmpdir(), 'loa-sentinels-'));
  const seats = await openSeats(SEATS);
  const members: SetMember[] = [];
  let first: readonly string[] = [];
  for (const seat of seats.all) {
    const follow = first.length === 0 ? [] : ['--replicaof', ...first];
    const { server, port } = await seat.startServer([...SERVER_SETTINGS, ...follow]);
    if (first.length === 0) first = [seat.address, String(port)];
    const { commandThere, cutOff, reconnect } = seat;
    members.push({ server, place: `${seat.address}:${port}`, commandThere, cutOff, reconnect });
  }
  const sentinels: RedisServer[] = [];
  for (const [n, seat] of seats.all.entries()) {
    const path = join(dir, `sentinel-${n}.conf`);
    const lines = [`monitor ${MASTER} ${first.join(' ')} ${QUORUM}`, ...SENTINEL_SETTINGS];
    writeFileSync(path, lines.map((line) => `sentinel ${line}\n`).join(''));
    const sentinel = await seat.startSentinel(path);
    // Before Redis 7 they cannot be told, and take their time.
    await sentinel.send('SENTINEL', 'DEBUG', ...SENTINEL_PERIODS).catch(() => undefined);
    sentinels.push(sentinel);
  }

  const named = (): Promise<string[]> =>
    Promise.all(
      sentinels.map(async (each) =>
        ((await each.send('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', MASTER)) as string[]).join(':'),
      ),
    );
  /** What a Sentinel knows of the master, by the name of the field. */
  const known = async (sentinel: RedisServer, field: string): Promise<number> => {
    const answer = (await sentinel.send('SENTINEL', 'MASTER', MASTER)) as string[];
    return Number(answer[answer.indexOf(field) + 1]);
  };
  const master = async (): Promise<SetMember> => {
    const places = await named();
    const votes = (place: string) => places.filter((each) => each === place).length;
    const [best] = places.sort((a, b) => votes(b) - votes(a));
    const found = members.find(({ place }) => place === best);
    if (!found) throw new Error(`there is no server at ${String(best)}`);
    return found;
  };
  const untilHealed = async () => {
    await waitFor(async () => {
      const places = new Set(await named());
      const [place = ''] = places;
      if (places.size !== 1) return `masters ${[...places].join()}`;
      for (const member of members) {
        // Who becomes a replica ends all its connections.
        const role = (await member.server.send('ROLE').catch(() => ['gone'])) as Array<string | number>;
        const follows = role[0] === 'slave' && `${role[1]}:${role[2]}` === place && role[3] === 'connected';
        if (member.place === place ? role[0] !== 'master' : !follows) return `${member.place} is ${role.join(' ')}`;
      }
      for (const sentinel of sentinels) {
        const others = await known(sentinel, 'num-other-sentinels');
        const replicas = await known(sentinel, 'num-slaves');
        if (others !== SEATS - 1 || replicas !== SEATS - 1) return `${others} other Sentinels, ${replicas} replicas`;
      }
      return '';
    }, 40_000);
  };
  await untilHealed();

  return {
    url: `redis+sentinel://${sentinels.map(({ url }) => new URL(url).host).join()}/${MASTER}`,
    members,
    master,
    untilHealed,
    failovers: async () => Math.max(...(await Promise.all(sentinels.map((each) => known(each, 'config-epoch'))))),
    async describe() {
      const roles = members.map(async ({ server, place }) => {
        const role = (await server.send('ROLE').catch(() => ['gone'])) as unknown[];
        return `${place} ${role.slice(0, 4).join(' ')}`;
      });
      return (await Promise.all(roles)).join('; ');
    },
    async close() {
      for (const each of sentinels) await each.close();
      for (const { server } of members) await server.close();
      for (const seat of seats.all) await seat.close();
      await seats.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

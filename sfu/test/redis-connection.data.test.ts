import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseRedisAddress } from '../src/pump/log/redis-address.ts';
import { createRedisConnection } from '../src/pump/log/redis-connection.ts';
import { PROTECTED_CONFIGS, type RedisServer, startRedisServer } from './support/redis-server.ts';
import { waitFor } from './support/wait-for.ts';

/** Silence on a socket for this long ends a connection (`redis-client.ts`). */
const SILENCE_MS = 1_000;

let redis: RedisServer;
beforeAll(async () => void (redis = await startRedisServer(...PROTECTED_CONFIGS)));
afterAll(() => redis.close());

it.each(['healthy', 'full'])('a connection of which nobody wants anything stays, also to a %s server', async (how) => {
  const address = parseRedisAddress(redis.url);
  if (!address) throw new Error('no address');
  if (how === 'full') await redis.refuseWrites();
  const connection = createRedisConnection(address, pino({ level: 'silent' }));
  await waitFor(() => (connection.epoch === 1 ? '' : 'the connection'));
  const until = performance.now() + 2.5 * SILENCE_MS;
  await waitFor(() => (performance.now() < until ? 'its time is not up' : ''));
  expect(await connection.call([['GET', 'nothing']])).toEqual({ ok: true, value: [null] });
  expect(connection.epoch).toBe(1);
  connection.close();
  await redis.takeWrites();
});

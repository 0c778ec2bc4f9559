import { afterAll, beforeAll } from 'vitest';
import { testEventLog } from './event-log.contract.ts';
import { openLog } from './support/redis-node.ts';
import { type RedisServer, startRedisServer } from './support/redis-server.ts';

let redis: RedisServer;
beforeAll(async () => void (redis = await startRedisServer()));
afterAll(() => redis.close());

testEventLog('on Redis', async (start) => {
  await redis.send('FLUSHALL');
  const { log, close } = await openLog({ url: redis.url, node: 'a', start });
  await log.catchUp();
  return { log, close };
});

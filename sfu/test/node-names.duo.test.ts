import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_PEERS } from '../src/pump/nodes/peer-places.ts';
import { type RedisServer, startRedisServer } from './support/redis-server.ts';
import { startSfuProcess } from './support/sfu-process.ts';
import { type SfuStack, startSfuStack } from './support/sfu-stack.ts';
import { waitFor } from './support/wait-for.ts';

/** Names of nodes that share a Redis. The tests build on each other, in this order. */

let redis: RedisServer;
let sfu: SfuStack;

beforeAll(async () => {
  redis = await startRedisServer();
  sfu = await startSfuStack({ separate: true, settings: { REDIS_URL: redis.url, SFU_NODE_ID: 'a' } });
});
afterAll(async () => {
  await sfu.close();
  await redis.close();
});

const recordOfA = async () =>
  JSON.parse(String((await redis.send('GET', 'loa:node:a')) ?? 'null')) as { run: string } | null;
const untilRun = async (other: string) => {
  let found = '';
  await waitFor(async () => ((found = (await recordOfA())?.run ?? '') !== '' && found !== other ? '' : `run ${found}`));
  return found;
};

/** What a further pump says that ends by itself. */
const lastWordsOf = (node: string): Promise<string> =>
  startSfuProcess('pump', {
    LOA_DATA_DIR: sfu.dataDir,
    SFU_LINK_PATH: join(sfu.dataDir, 'run', `${randomUUID()}.sock`),
    SFU_MEDIA_PORT: '0',
    MEDIASOUP_WORKER_BIN: process.env['MEDIASOUP_WORKER_BIN'],
    REDIS_URL: redis.url,
    SFU_NODE_ID: node,
  }).then(
    async ({ exited, lines }) => `code ${await exited}\n${lines.join('\n')}`,
    // On a busy machine it ends before it has said that it is ready.
    (error: unknown) => `code 1\n${String(error)}`,
  );

describe('ND41: a second node of the same name', () => {
  it('ends, says why, and has not touched what the first one tells of itself', async () => {
    const run = await untilRun('');
    const runs = new Set<string>();
    const watching = setInterval(() => void recordOfA().then((record) => runs.add(record?.run ?? 'none')), 50);
    const said = await lastWordsOf('a');
    clearInterval(watching);
    expect(said).toMatch(/^code 1\n[^]*is called \\"a\\" as well: give each a SFU_NODE_ID/);
    expect([...runs]).toEqual([run]);
  });

  it('is not the same node after it was killed: that one takes its place at once', async () => {
    const before = await untilRun('');
    await sfu.restartPump('kill');
    await untilRun(before);
    expect((await sfu.get('/readyz')).status).toBe(200);
  });
});

describe('ND41: a node that is gone', () => {
  it('does not stay in the list of names', async () => {
    await redis.send('SADD', 'loa:nodes', 'gone');
    await waitFor(async () => {
      const names = (await redis.send('SMEMBERS', 'loa:nodes')) as string[];
      return names.includes('gone') ? names.join() : '';
    }, 30_000);
    expect(await redis.send('SMEMBERS', 'loa:nodes')).toEqual(['a']);
  });
});

describe('ND80: more nodes than one can have to do with', () => {
  const others = Array.from({ length: MAX_PEERS + 1 }, (_, n) => `other-${n}`);
  const peersOfA = async () => /^loa_peers (\d+)$/m.exec(await (await sfu.get('/metrics')).text())?.[1];

  it('those that it met first have a place, one that comes later has not, and ends with that reason', async () => {
    for (const node of others) {
      const record = JSON.stringify({ v: 1, node, run: randomUUID(), audience: [], trunks: {} });
      await redis.send('SET', `loa:node:${node}`, record, 'PX', '60000');
      await redis.send('SADD', 'loa:nodes', node);
    }
    await waitFor(async () => ((await peersOfA()) === String(MAX_PEERS) ? '' : `${MAX_PEERS} peers`));
    expect(await lastWordsOf('late')).toMatch(/^code 1\n[^]*17 other nodes share this Redis already/);
    expect(await redis.send('EXISTS', 'loa:node:late')).toBe(0);
    // Those that are gone give their places back.
    await redis.send('DEL', ...others.slice(0, 14).map((node) => `loa:node:${node}`));
    await waitFor(async () => ((await peersOfA()) === '2' ? '' : 'two peers'), 30_000);
  });
});

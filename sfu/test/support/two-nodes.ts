import { type RedisServer, startRedisServer } from './redis-server.ts';
import { createRig, type Rig } from './rig.ts';
import { type SfuStack, type SfuStackOptions, startSfuStack } from './sfu-stack.ts';

/** Two nodes, `a` and `b`, one Redis, one database. */
export interface TwoNodes {
  readonly redis: RedisServer;
  readonly nodes: readonly [SfuStack, SfuStack];
  /** One at each node. */
  readonly rigs: readonly [Rig, Rig];
  /** The nodes and their Redis. */
  close(): Promise<void>;
}

export interface TwoNodesOptions extends Omit<SfuStackOptions, 'beside' | 'wallNow'> {
  /** Options of the Redis. */
  readonly redisOptions?: readonly string[];
  /** Where each node finds the Redis, if there is something in between. */
  readonly reach?: (redis: RedisServer) => Promise<readonly [string, string]>;
  /** The wall clock of the host of `b`; only without `separate`. */
  readonly wallNowOfB?: () => number;
}

/** Starts both, one after the other; what was started is ended again when what comes after it does not start. */
export async function startTwoNodes(options: TwoNodesOptions = {}): Promise<TwoNodes> {
  const { redisOptions = [], reach, wallNowOfB, ownData = false, settings, ...rest } = options;
  const redis = await startRedisServer(...redisOptions);
  const started: SfuStack[] = [];
  const close = async () => {
    for (const node of started.splice(0).reverse()) await node.close();
    await redis.close();
  };
  try {
    const [urlOfA, urlOfB] = (await reach?.(redis)) ?? [redis.url, redis.url];
    const a = await startSfuStack({ ...rest, settings: { ...settings, REDIS_URL: urlOfA, SFU_NODE_ID: 'a' } });
    started.push(a);
    const b = await startSfuStack({
      ...rest,
      beside: a,
      ownData,
      settings: { ...settings, REDIS_URL: urlOfB, SFU_NODE_ID: 'b' },
      ...(wallNowOfB ? { wallNow: wallNowOfB } : {}),
    });
    started.push(b);
    return { redis, nodes: [a, b], rigs: [createRig(a), createRig(b)], close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The doors to which this node sends its receivers, if it has to. */
export async function doorsAt(node: SfuStack): Promise<readonly string[]> {
  return ((await (await node.get('/api/v1/node')).json()) as { doors: string[] }).doors;
}

import type { Logger } from 'pino';
import { createClient } from 'redis';
import type { RedisAddress } from './redis-address.ts';
import { within } from './within.ts';

/** Silence on the socket after which a connection is dead, whatever the system says. */
const SOCKET_TIMEOUT_MS = 1_000;
/** Connecting, greeting and asking for the role together. */
const CONNECT_DEADLINE_MS = 1_000;
const SENTINEL_DEADLINE_MS = 600;
const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 1_000;
/** Commands that wait for an answer; the log asks one thing at a time, in a few commands. */
const MAX_WAITING_COMMANDS = 64;

export type RedisClient = ReturnType<typeof newClient>;

function newClient(url: string, connectTimeout: number) {
  return createClient({
    url,
    RESP: 2,
    // What cannot be sent now is refused now, and a lost connection is replaced here, not inside the client.
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_WAITING_COMMANDS,
    socket: { connectTimeout, socketTimeout: SOCKET_TIMEOUT_MS, reconnectStrategy: false },
  });
}

function destroy(client: RedisClient): void {
  if (client.isOpen) client.destroy();
}

async function withClient<T>(url: string, deadlineMs: number, use: (client: RedisClient) => Promise<T>): Promise<T> {
  const client = newClient(url, deadlineMs);
  client.on('error', () => undefined);
  try {
    return await within(
      client.connect().then(() => use(client)),
      deadlineMs,
    );
  } catch (error) {
    destroy(client);
    throw error;
  }
}

/** What most of the Sentinels that answer say: one that was cut off may still name the old master. */
async function findMaster(address: Extract<RedisAddress, { kind: 'sentinel' }>): Promise<string> {
  const answers = await Promise.allSettled(
    address.sentinels.map((url) =>
      withClient(url, SENTINEL_DEADLINE_MS, async (client) => {
        const reply = await client.sendCommand<string[] | null>([
          'SENTINEL',
          'GET-MASTER-ADDR-BY-NAME',
          address.master,
        ]);
        destroy(client);
        return reply;
      }),
    ),
  );
  const votes = new Map<string, number>();
  for (const answer of answers) {
    if (answer.status !== 'fulfilled' || !answer.value) continue;
    const [host = '', port = ''] = answer.value;
    const url = `redis://${address.credentials}${host.includes(':') ? `[${host}]` : host}:${port}`;
    votes.set(url, (votes.get(url) ?? 0) + 1);
  }
  const [best] = [...votes].sort(([, a], [, b]) => b - a);
  if (!best) throw new Error(`no Sentinel knows ${address.master}`);
  return best[0];
}

async function openMaster(address: RedisAddress): Promise<RedisClient> {
  const url = address.kind === 'server' ? address.url : await findMaster(address);
  return withClient(url, CONNECT_DEADLINE_MS, async (client) => {
    const [role] = await client.sendCommand<[string]>(['ROLE']);
    if (role !== 'master') throw new Error(`this Redis is a ${role}`);
    return client;
  });
}

/** Waiting time before an attempt: doubled each time, spread by chance so that nodes do not come back in step. */
export function retryDelayMs(attempt: number, random: number): number {
  return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempt) * (0.5 + random / 2);
}

/** A client that is replaced when it is lost, as often as it takes. */
export interface KeptClient {
  /** Null while there is none. */
  readonly current: RedisClient | null;
  /** Why there is none. */
  readonly why: string;
  /** Gives `lost` up, unless that has happened already. */
  drop(lost: RedisClient, why: string): void;
  close(): void;
}

export interface KeptClientOptions {
  readonly address: RedisAddress;
  /** What it is for, in logs. */
  readonly purpose: string;
  readonly logger: Logger;
  onUp(client: RedisClient): void;
}

export function keepRedisClient({ address, purpose, logger, onUp }: KeptClientOptions): KeptClient {
  let current: RedisClient | null = null;
  let why = 'not connected yet';
  let closed = false;
  let retry: NodeJS.Timeout | undefined;

  const connect = async (attempt: number): Promise<void> => {
    try {
      const client = await openMaster(address);
      if (closed) {
        destroy(client);
        return;
      }
      client.removeAllListeners('error');
      client.on('error', (error: Error) => drop(client, error.message));
      if (!client.isReady) throw new Error('closed at once');
      current = client;
      logger.info({ purpose }, 'Redis is there');
      onUp(client);
    } catch (error) {
      why = error instanceof Error ? error.message : String(error);
      if (attempt === 0) logger.warn({ purpose, why }, 'Redis does not answer; trying again');
      if (!closed) retry = setTimeout(() => void connect(attempt + 1), retryDelayMs(attempt, Math.random()));
    }
  };
  const drop = (lost: RedisClient, reason: string) => {
    if (current !== lost) return;
    current = null;
    why = reason;
    destroy(lost);
    logger.warn({ purpose, why }, 'Redis is away');
    if (!closed) retry = setTimeout(() => void connect(0), retryDelayMs(0, Math.random()));
  };
  void connect(0);

  return {
    get current() {
      return current;
    },
    get why() {
      return why;
    },
    drop,
    close() {
      closed = true;
      clearTimeout(retry);
      if (current) destroy(current);
      current = null;
    },
  };
}

/** Where the log's Redis is: one server, or the master that Sentinels name. */
export type RedisAddress =
  | { readonly kind: 'server'; readonly url: string }
  | {
      readonly kind: 'sentinel';
      /** `redis://host:port` of each Sentinel. */
      readonly sentinels: readonly string[];
      readonly master: string;
      /** `user:password@` for the master, or empty. */
      readonly credentials: string;
    };

const SERVER = /^rediss?:\/\/(?:[^@/\s]*@)?[^@/\s,]+(?:\/\d+)?$/;
const SENTINEL = /^redis\+sentinel:\/\/([^@/\s]*@)?([^@/\s]+)\/([\w.-]+)$/;

/** Reads `REDIS_URL`; null when it is not an address. */
export function parseRedisAddress(text: string): RedisAddress | null {
  const [, credentials = '', hosts, master] = SENTINEL.exec(text) ?? [];
  if (hosts !== undefined && master !== undefined) {
    const sentinels = hosts.split(',').map((host) => `redis://${host}`);
    return sentinels.every((url) => URL.canParse(url)) ? { kind: 'sentinel', sentinels, master, credentials } : null;
  }
  return SERVER.test(text) && URL.canParse(text) ? { kind: 'server', url: text } : null;
}

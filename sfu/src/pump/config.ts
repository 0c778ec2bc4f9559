import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { CAPACITY } from '@loa/shared/nodes/capacity';
import { nodeIdSchema } from '../config/node-name.ts';
import {
  isLoopback,
  isWildcard,
  logLevelSetting,
  numberSetting,
  optionalText,
  readSettings,
  textSetting,
} from '../config/read-settings.ts';
import { linkPathOf } from '../link/link-path.ts';
import type { RedisConfig } from './log/open-log.ts';
import type { NodeConfig } from './nodes/cluster.ts';
import { MAX_PEERS } from './nodes/peer-places.ts';
import { parseRedisAddress } from './log/redis-address.ts';
import { workersHere } from './workers-here.ts';

/** Ports for lines to other nodes from SFU_NODE_PORT on: one for each (ND80), and one more while a line is made anew. */
export const NODE_PORTS = MAX_PEERS + 1;

function isRedisElsewhere(url: string | undefined): boolean {
  const address = url === undefined ? null : parseRedisAddress(url);
  if (!address) return false;
  const urls = address.kind === 'server' ? [address.url] : address.sentinels;
  return urls.some((each) => !isLoopback(new URL(each).hostname.replace(/^\[|\]$/g, '')));
}

/** Settings of the pump; every one stands in `.env.example`. */
export const pumpSettingsSchema = z
  .object({
    LOA_DATA_DIR: textSetting('data'),
    SFU_LINK_PATH: optionalText,
    SFU_MEDIA_HOST: textSetting('127.0.0.1'),
    SFU_MEDIA_ANNOUNCED_ADDRESS: optionalText,
    SFU_MEDIA_PORT: numberSetting(44_400, z.number().int().min(0).max(65_535)),
    SFU_WORKERS: numberSetting(workersHere(), z.number().int().min(1).max(64)),
    SFU_MAX_LISTENERS: optionalText
      .transform((value) => (value === undefined ? undefined : Number(value)))
      .pipe(z.number().int().min(1).max(100_000).optional()),
    SFU_SAFE_SHARE: numberSetting(CAPACITY.safeShare, z.number().min(0.001).max(0.95)),
    SFU_ALLOW_REMOTE: optionalText,
    MEDIASOUP_WORKER_BIN: optionalText,
    REDIS_URL: optionalText.pipe(
      z
        .string()
        .refine((text) => parseRedisAddress(text) !== null, 'must be redis://, rediss:// or redis+sentinel://…/master')
        .optional(),
    ),
    REDIS_REPLICAS: optionalText
      .transform((value) => (value === undefined ? undefined : Number(value)))
      .pipe(z.number().int().min(0).max(10).optional()),
    SFU_NODE_ID: optionalText.pipe(nodeIdSchema.optional()),
    SFU_NODE_ADDRESS: textSetting('127.0.0.1'),
    SFU_NODE_ANNOUNCED_ADDRESS: optionalText,
    SFU_NODE_PORT: numberSetting(
      0,
      z
        .number()
        .int()
        .min(0)
        .max(65_535 - NODE_PORTS + 1),
    ),
    LOG_LEVEL: logLevelSetting,
  })
  .refine((value) => isLoopback(value.SFU_MEDIA_HOST) || value.SFU_ALLOW_REMOTE === 'yes', {
    path: ['SFU_MEDIA_HOST'],
    message:
      'is not a loopback address; there are no accounts yet, so set SFU_ALLOW_REMOTE=yes only on a network that you trust',
  })
  .refine((value) => !isWildcard(value.SFU_MEDIA_HOST) || value.SFU_MEDIA_ANNOUNCED_ADDRESS !== undefined, {
    path: ['SFU_MEDIA_ANNOUNCED_ADDRESS'],
    message: 'is needed when SFU_MEDIA_HOST means every address: clients have to be told one',
  })
  .refine((value) => !isWildcard(value.SFU_NODE_ADDRESS) || value.SFU_NODE_ANNOUNCED_ADDRESS !== undefined, {
    path: ['SFU_NODE_ANNOUNCED_ADDRESS'],
    message: 'is needed when SFU_NODE_ADDRESS means every address: the other nodes have to be told one of this machine',
  })
  .refine((value) => !isLoopback(value.SFU_NODE_ADDRESS) || !isRedisElsewhere(value.REDIS_URL), {
    path: ['SFU_NODE_ADDRESS'],
    message:
      'is a loopback address, but REDIS_URL leads to another machine: nodes elsewhere could send no sound to this one; set the address of this machine in the network of the nodes',
  });

export interface PumpConfig {
  readonly linkPath: string;
  readonly segmentsDir: string;
  readonly mediaHost: string;
  readonly mediaAnnouncedAddress: string | undefined;
  /** Of the first media worker; each further one takes the next port. 0: any free ports. */
  readonly mediaPort: number;
  readonly workers: number;
  /** Listeners at a time, beyond which further ones are refused; null: as many as can be served by what is measured (ADR 0022). */
  readonly maxPaths: number | null;
  /** Share of a core that a media worker and the pump's thread may use. */
  readonly safeShare: number;
  /** What a packet was measured to cost. */
  readonly costPath: string;
  readonly workerBin: string | undefined;
  /** Null: the log is in memory. */
  readonly redis: RedisConfig | null;
  /** Where the lines to other nodes end; used with Redis only. */
  readonly node: NodeConfig;
  /** The node's name in the logs, if it was given one. */
  readonly nodeName: string | undefined;
  readonly logLevel: string;
}

const toPortRange = (first: number) => ({ min: first, max: first + NODE_PORTS - 1 });

const nameOfMachine = () =>
  hostname()
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .slice(0, 64);

export function readPumpConfig(environment: Record<string, string | undefined>): PumpConfig {
  const settings = readSettings(pumpSettingsSchema, environment);
  const dataDir = resolve(settings.LOA_DATA_DIR);
  const address = settings.REDIS_URL === undefined ? null : parseRedisAddress(settings.REDIS_URL);
  return {
    linkPath: linkPathOf(dataDir, settings.SFU_LINK_PATH),
    segmentsDir: join(dataDir, 'segments'),
    mediaHost: settings.SFU_MEDIA_HOST,
    mediaAnnouncedAddress: settings.SFU_MEDIA_ANNOUNCED_ADDRESS,
    mediaPort: settings.SFU_MEDIA_PORT,
    workers: settings.SFU_WORKERS,
    maxPaths: settings.SFU_MAX_LISTENERS ?? null,
    safeShare: settings.SFU_SAFE_SHARE,
    costPath: join(dataDir, 'packet-cost'),
    workerBin: settings.MEDIASOUP_WORKER_BIN,
    // Sentinels mean replicas, and without waiting for one of them a failover loses what was decided.
    redis: address && { address, replicas: settings.REDIS_REPLICAS ?? (address.kind === 'sentinel' ? 1 : 0) },
    node: {
      id: settings.SFU_NODE_ID ?? nameOfMachine(),
      listenAddress: settings.SFU_NODE_ADDRESS,
      announcedAddress: settings.SFU_NODE_ANNOUNCED_ADDRESS,
      ports: settings.SFU_NODE_PORT === 0 ? null : toPortRange(settings.SFU_NODE_PORT),
      // Within one machine nobody can listen in.
      encrypted: !isLoopback(settings.SFU_NODE_ADDRESS),
    },
    nodeName: settings.SFU_NODE_ID,
    logLevel: settings.LOG_LEVEL,
  };
}

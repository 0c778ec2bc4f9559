import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DEMO_RECEIVERS } from '@loa/prisma/seed/demo-city';
import { watchPumpLink } from '../../sfu/src/guard/pump-link-watch.ts';
import { RECEIVER_COMMAND } from '../../receiver/src/command.ts';
import type { StartNode } from './nodes.ts';
import type { StartSettings } from './settings.ts';

/** A program that the starter runs and keeps running. */
export interface Program {
  readonly name: string;
  /** Node unless said otherwise. */
  readonly command?: string;
  /** For Node: a script, relative to the clone. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** How long it may take to end by itself once it is asked. */
  readonly stopTimeoutMs: number;
  /** Watches over one that runs; calls `onHung` once when it hangs, and it is killed and started again. */
  watch?(pid: number, onHung: () => void): { stop(): void };
}

/** The door drains its sessions and the pump lets a running sentence end; the others only close files. */
const DRAIN_TIMEOUT_MS = 8_000;
const CLOSE_TIMEOUT_MS = 5_000;

export const pumpProgram = ({ settings, suffix, env }: StartNode): Program => ({
  name: `pump${suffix}`,
  args: ['sfu/src/pump/main.ts'],
  env: {
    LOA_DATA_DIR: settings.dataDir,
    SFU_LINK_PATH: settings.linkPath,
    SFU_MEDIA_PORT: String(settings.media.port),
    ...env,
  },
  stopTimeoutMs: DRAIN_TIMEOUT_MS,
  watch: (pid, onHung) => watchPumpLink(settings.linkPath, pid, { onHung }),
});

export const doorProgram = ({ settings, suffix, env }: StartNode, databaseUrl: string): Program => ({
  name: `door${suffix}`,
  args: ['sfu/src/door/main.ts'],
  env: {
    LOA_DATA_DIR: settings.dataDir,
    DATABASE_URL: databaseUrl,
    SFU_LINK_PATH: settings.linkPath,
    SFU_HOST: settings.door.host,
    SFU_PORT: String(settings.door.port),
    SFU_STUDIO_ORIGINS: settings.studioOrigins,
    ...env,
    // What was set for one door would be wrong for the others.
    ...(suffix === '' ? {} : { SFU_PUBLIC_URL: settings.publicDoorUrl, SFU_NODE_DOOR_URL: settings.door.url }),
  },
  stopTimeoutMs: DRAIN_TIMEOUT_MS,
});

export const studioProgram = ({ settings, suffix }: StartNode): Program => ({
  name: `studio${suffix}`,
  args: ['studio/build/index.js'],
  env: {
    LOA_DATA_DIR: settings.dataDir,
    HOST: settings.studio.host,
    PORT: String(settings.studio.port),
    STUDIO_DOOR_URL: settings.studio.doorUrl,
    STUDIO_OTHER_DOOR_URLS: settings.studio.otherDoorUrls,
  },
  stopTimeoutMs: CLOSE_TIMEOUT_MS,
});

export const receiverFolder = (settings: StartSettings, id: string): string => join(settings.dataDir, 'receivers', id);

export const receiverWav = (settings: StartSettings, id: string): string =>
  join(receiverFolder(settings, id), 'out.wav');

/** The order of decisions of several nodes; it writes down what it was told before it answers for longer than a second. */
export const redisProgram = ({ dataDir }: StartSettings, port: number): Program => {
  const dir = join(dataDir, 'redis');
  mkdirSync(dir, { recursive: true });
  const options = { bind: '127.0.0.1', port, dir, appendonly: 'yes', save: '', 'maxmemory-policy': 'noeviction' };
  return {
    name: 'redis',
    command: 'redis-server',
    args: Object.entries(options).flatMap(([option, value]) => [`--${option}`, String(value)]),
    env: {},
    stopTimeoutMs: CLOSE_TIMEOUT_MS,
  };
};

/** The demo city's receivers, spread over the nodes: real ones, whose sound goes into a file that a person can open. */
export const receiverPrograms = (settings: StartSettings, doorUrls: readonly string[]): Program[] =>
  DEMO_RECEIVERS.map(({ id, name, zoneId }, index) => ({
    name: id,
    args: [...RECEIVER_COMMAND],
    env: {
      RECEIVER_ID: id,
      RECEIVER_NAME: name,
      RECEIVER_ZONE: zoneId,
      RECEIVER_DOOR_URL: doorUrls[index % doorUrls.length] ?? settings.door.url,
      RECEIVER_SINK: 'wav',
      RECEIVER_WAV_PATH: receiverWav(settings, id),
      RECEIVER_DATA_DIR: receiverFolder(settings, id),
      ...(settings.accessToken === null
        ? { RECEIVER_TOKEN: '', RECEIVER_TOKEN_FILE: join(settings.dataDir, 'access-token') }
        : { RECEIVER_TOKEN: settings.accessToken }),
    },
    stopTimeoutMs: CLOSE_TIMEOUT_MS,
  }));

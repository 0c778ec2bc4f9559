import { join } from 'node:path';
import { DEMO_RECEIVERS } from '@loa/prisma/seed/demo-city';
import type { StartSettings } from './settings.ts';

/** A program that the starter runs and keeps running. */
export interface Program {
  readonly name: string;
  /** For `node`, relative to the clone. */
  readonly script: string;
  readonly env: NodeJS.ProcessEnv;
  /** How long it may take to end by itself once it is asked. */
  readonly stopTimeoutMs: number;
}

/** The door drains its sessions and the pump lets a running sentence end; the others only close files. */
const DRAIN_TIMEOUT_MS = 8_000;
const CLOSE_TIMEOUT_MS = 5_000;

export const pumpProgram = (settings: StartSettings): Program => ({
  name: 'pump',
  script: 'sfu/src/pump/main.ts',
  env: { LOA_DATA_DIR: settings.dataDir, SFU_LINK_PATH: settings.linkPath },
  stopTimeoutMs: DRAIN_TIMEOUT_MS,
});

export const doorProgram = (settings: StartSettings, databaseUrl: string): Program => ({
  name: 'door',
  script: 'sfu/src/door/main.ts',
  env: {
    LOA_DATA_DIR: settings.dataDir,
    DATABASE_URL: databaseUrl,
    SFU_LINK_PATH: settings.linkPath,
    SFU_HOST: settings.door.host,
    SFU_PORT: String(settings.door.port),
    SFU_STUDIO_ORIGINS: settings.studioOrigins,
  },
  stopTimeoutMs: DRAIN_TIMEOUT_MS,
});

export const studioProgram = (settings: StartSettings): Program => ({
  name: 'studio',
  script: 'studio/build/index.js',
  env: {
    LOA_DATA_DIR: settings.dataDir,
    HOST: settings.studio.host,
    PORT: String(settings.studio.port),
    STUDIO_DOOR_URL: settings.studio.doorUrl,
  },
  stopTimeoutMs: CLOSE_TIMEOUT_MS,
});

export const receiverFolder = (settings: StartSettings, id: string): string => join(settings.dataDir, 'receivers', id);

export const receiverWav = (settings: StartSettings, id: string): string =>
  join(receiverFolder(settings, id), 'out.wav');

/** The demo city's receivers: real ones, whose sound goes into a file that a person can open. */
export const receiverPrograms = (settings: StartSettings): Program[] =>
  DEMO_RECEIVERS.map(({ id, name, zoneId }) => ({
    name: id,
    script: 'receiver/src/main.ts',
    env: {
      RECEIVER_ID: id,
      RECEIVER_NAME: name,
      RECEIVER_ZONE: zoneId,
      RECEIVER_DOOR_URL: settings.door.url,
      RECEIVER_SINK: 'wav',
      RECEIVER_WAV_PATH: receiverWav(settings, id),
      RECEIVER_DATA_DIR: receiverFolder(settings, id),
      ...(settings.accessToken === null
        ? { RECEIVER_TOKEN: '', RECEIVER_TOKEN_FILE: join(settings.dataDir, 'access-token') }
        : { RECEIVER_TOKEN: settings.accessToken }),
    },
    stopTimeoutMs: CLOSE_TIMEOUT_MS,
  }));

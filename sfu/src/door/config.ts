import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import {
  isLoopback,
  isWildcard,
  logLevelSetting,
  numberSetting,
  optionalText,
  readSettings,
  textSetting,
} from '../config/read-settings.ts';

const MIN_TOKEN_LENGTH = 24;

/** Settings of the door; every one stands in `.env.example`. */
export const doorSettingsSchema = z
  .object({
    LOA_DATA_DIR: textSetting('data'),
    DATABASE_URL: textSetting('').pipe(z.string().regex(/^postgres(ql)?:\/\//, 'must be a postgresql:// address')),
    SFU_HOST: textSetting('127.0.0.1'),
    SFU_PORT: numberSetting(3_001, z.number().int().min(0).max(65_535)),
    SFU_PUBLIC_URL: optionalText,
    SFU_LINK_PATH: optionalText,
    SFU_ALLOW_REMOTE: optionalText,
    SFU_STUDIO_ORIGINS: textSetting('http://localhost:3000,http://127.0.0.1:3000'),
    SFU_ACCESS_TOKEN: optionalText.pipe(
      z.string().min(MIN_TOKEN_LENGTH, `must be at least ${MIN_TOKEN_LENGTH} characters long`).optional(),
    ),
    SFU_ICE_SERVERS: textSetting(''),
    SFU_PLAYOUT_DELAY_MS: numberSetting(60, z.number().int().min(20).max(5_000)),
    SFU_ZONE_CHECK_MS: numberSetting(30_000, z.number().int().min(100).max(600_000)),
    LOG_LEVEL: logLevelSetting,
  })
  .refine((value) => isLoopback(value.SFU_HOST) || value.SFU_ALLOW_REMOTE === 'yes', {
    path: ['SFU_HOST'],
    message:
      'is not a loopback address; there are no accounts yet, so set SFU_ALLOW_REMOTE=yes only on a network that you trust',
  })
  .refine((value) => !isWildcard(value.SFU_HOST) || value.SFU_PUBLIC_URL !== undefined, {
    path: ['SFU_PUBLIC_URL'],
    message: 'is needed when SFU_HOST means every address: clients have to be told one',
  })
  .refine(
    (value) => value.SFU_PUBLIC_URL === undefined || /^https?:$/.test(URL.parse(value.SFU_PUBLIC_URL)?.protocol ?? ''),
    {
      path: ['SFU_PUBLIC_URL'],
      message: 'must be an http:// or https:// address',
    },
  );

export interface DoorConfig {
  readonly dataDir: string;
  readonly segmentsDir: string;
  readonly uploadsDir: string;
  readonly databaseUrl: string;
  readonly host: string;
  readonly port: number;
  /** Null: derived from the address that it listens on. */
  readonly publicUrl: string | null;
  readonly linkPath: string;
  readonly studioOrigins: readonly string[];
  readonly accessToken: string;
  /** `stun:` and `turn:` addresses that clients are told. */
  readonly iceServers: readonly string[];
  readonly playoutDelayMs: number;
  /** How often changes of zones and receivers are looked for in the database, in ms. */
  readonly zoneCheckMs: number;
  readonly openToNetwork: boolean;
  readonly logLevel: string;
}

function toList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
}

/** The token of this installation, made at the first start; only the user who runs Loa can read the file. */
function keepToken(dataDir: string): string {
  const path = join(dataDir, 'access-token');
  try {
    const token = readFileSync(path, 'utf8').trim();
    if (token.length >= MIN_TOKEN_LENGTH) return token;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const token = randomBytes(32).toString('base64url');
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(path, `${token}\n`, { mode: 0o600 });
  return token;
}

export function readDoorConfig(environment: Record<string, string | undefined>): DoorConfig {
  const settings = readSettings(doorSettingsSchema, environment);
  const dataDir = resolve(settings.LOA_DATA_DIR);
  return {
    dataDir,
    segmentsDir: join(dataDir, 'segments'),
    uploadsDir: join(dataDir, 'uploads.part'),
    databaseUrl: settings.DATABASE_URL,
    host: settings.SFU_HOST,
    port: settings.SFU_PORT,
    publicUrl: settings.SFU_PUBLIC_URL?.replace(/\/$/, '') ?? null,
    linkPath: resolve(settings.SFU_LINK_PATH ?? join(dataDir, 'run', 'pump.sock')),
    iceServers: toList(settings.SFU_ICE_SERVERS),
    studioOrigins: settings.SFU_STUDIO_ORIGINS.split(',')
      .map((origin) => origin.trim())
      .filter(Boolean),
    accessToken: settings.SFU_ACCESS_TOKEN ?? keepToken(dataDir),
    playoutDelayMs: settings.SFU_PLAYOUT_DELAY_MS,
    zoneCheckMs: settings.SFU_ZONE_CHECK_MS,
    openToNetwork: !isLoopback(settings.SFU_HOST),
    logLevel: settings.LOG_LEVEL,
  };
}

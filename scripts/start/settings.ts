import { join, resolve } from 'node:path';
import { z } from 'zod';
import { workersHere } from '../../sfu/src/pump/workers-here.ts';

/** Empty counts as not set, as in a `.env` file where nothing follows the equals sign. */
const text = z
  .string()
  .optional()
  .transform((value) => (value === undefined || value.trim() === '' ? undefined : value.trim()));

const port = (fallback: number) =>
  text.transform((value) => (value === undefined ? fallback : Number(value))).pipe(z.int().min(1).max(65_535));

/** Settings of the starter itself. The programs that it starts read and check their own. */
export const startSettingsSchema = z.object({
  LOA_DATA_DIR: text.pipe(z.string().default('data')),
  DATABASE_URL: text.pipe(
    z
      .string()
      .regex(/^postgres(ql)?:\/\//, 'must be a postgresql:// address')
      .optional(),
  ),
  SFU_HOST: text.pipe(z.string().default('127.0.0.1')),
  SFU_PORT: port(3_001),
  SFU_PUBLIC_URL: text,
  SFU_LINK_PATH: text,
  SFU_MEDIA_HOST: text.pipe(z.string().default('127.0.0.1')),
  SFU_MEDIA_PORT: port(44_400),
  SFU_WORKERS: text
    .transform((value) => (value === undefined ? workersHere() : Number(value)))
    .pipe(z.int().min(1).max(64)),
  SFU_ALLOW_REMOTE: text,
  SFU_STUDIO_ORIGINS: text,
  SFU_ACCESS_TOKEN: text,
  STUDIO_HOST: text.pipe(z.string().default('127.0.0.1')),
  STUDIO_PORT: port(3_000),
  STUDIO_DOOR_URL: text,
  STUDIO_OTHER_DOOR_URLS: text,
  LOA_NODES: text.transform((value) => Number(value ?? 1)).pipe(z.int().min(1).max(4)),
  REDIS_URL: text,
  LOA_REDIS_PORT: port(6_390),
});

export interface StartSettings {
  readonly dataDir: string;
  /** Null: an embedded PostgreSQL in the data folder. */
  readonly databaseUrl: string | null;
  readonly door: { readonly host: string; readonly port: number; readonly url: string };
  readonly publicDoorUrl: string;
  readonly linkPath: string;
  /** The port of the first media worker; the others have those after it. */
  readonly media: { readonly host: string; readonly port: number; readonly workers: number };
  readonly studio: {
    readonly host: string;
    readonly port: number;
    readonly url: string;
    readonly doorUrl: string;
    readonly otherDoorUrls: string;
  };
  readonly studioOrigins: string;
  /** Null: the door makes one and keeps it in the data folder. */
  readonly accessToken: string | null;
  /** How many sfu nodes, each with a studio of its own. */
  readonly nodes: number;
  /** The Redis that several nodes share; `own`: the starter runs it on this port. */
  readonly redis: { readonly url: string; readonly own: { readonly port: number } | null };
}

/** An address that a program of this machine can open when another listens on `host`. */
const localUrl = (host: string, at: number): string => {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${String(at)}`;
};

/** Reads the settings; throws one error that names every mistake. */
export const readStartSettings = (environment: NodeJS.ProcessEnv): StartSettings => {
  const parsed = startSettingsSchema.safeParse(environment);
  if (!parsed.success) {
    const mistakes = parsed.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
    throw new Error(`These settings are wrong (see .env.example):\n${mistakes.join('\n')}`);
  }
  const settings = parsed.data;
  const dataDir = resolve(settings.LOA_DATA_DIR);
  const doorUrl = localUrl(settings.SFU_HOST, settings.SFU_PORT);
  const publicDoorUrl = settings.SFU_PUBLIC_URL ?? doorUrl;
  const studioPort = String(settings.STUDIO_PORT);
  return {
    dataDir,
    databaseUrl: settings.DATABASE_URL ?? null,
    door: { host: settings.SFU_HOST, port: settings.SFU_PORT, url: doorUrl },
    publicDoorUrl,
    linkPath: resolve(settings.SFU_LINK_PATH ?? join(dataDir, 'run', 'pump.sock')),
    media: { host: settings.SFU_MEDIA_HOST, port: settings.SFU_MEDIA_PORT, workers: settings.SFU_WORKERS },
    studio: {
      host: settings.STUDIO_HOST,
      port: settings.STUDIO_PORT,
      url: localUrl(settings.STUDIO_HOST, settings.STUDIO_PORT),
      doorUrl: settings.STUDIO_DOOR_URL ?? publicDoorUrl,
      otherDoorUrls: settings.STUDIO_OTHER_DOOR_URLS ?? '',
    },
    studioOrigins: settings.SFU_STUDIO_ORIGINS ?? `http://localhost:${studioPort},http://127.0.0.1:${studioPort}`,
    accessToken: settings.SFU_ACCESS_TOKEN ?? null,
    nodes: settings.LOA_NODES,
    redis: {
      url: settings.REDIS_URL ?? `redis://127.0.0.1:${String(settings.LOA_REDIS_PORT)}`,
      own: settings.LOA_NODES > 1 && settings.REDIS_URL === undefined ? { port: settings.LOA_REDIS_PORT } : null,
    },
  };
};

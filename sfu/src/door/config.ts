import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { playoutDelaySchema } from '@loa/shared/protocol/playout-delay';
import { z } from 'zod';
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
import { keepAccessToken, MIN_TOKEN_LENGTH } from './access-token.ts';
import { type IceServers, isIceUrl, isTurnUrl, type TurnAccess } from './http/ice-servers.ts';

/** It is sent in a header: printable ASCII without spaces. */
const headerText = z
  .string()
  .regex(/^[\x21-\x7e]{1,256}$/, 'must be at most 256 printable ASCII characters without spaces')
  .optional();

function toList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
}

function isWebAddress(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? '');
}

/** Networks that have a name: this machine, this link, private networks. */
const NAMED_NETWORKS = ['loopback', 'linklocal', 'uniquelocal'];

/** An address, a network such as 10.0.0.0/8, or one that has a name. */
function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const version = isIP(address);
  if (NAMED_NETWORKS.includes(text)) return true;
  if (version === 0 || more.length > 0) return false;
  // None at all would be everybody: then anybody could say that it is somebody else.
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128))
  );
}

/** Settings of the door; every one stands in `.env.example`. */
export const doorSettingsSchema = z
  .object({
    LOA_DATA_DIR: textSetting('data'),
    DATABASE_URL: textSetting('').pipe(z.string().regex(/^postgres(ql)?:\/\//, 'must be a postgresql:// address')),
    SFU_HOST: textSetting('127.0.0.1'),
    SFU_PORT: numberSetting(3_001, z.number().int().min(0).max(65_535)),
    SFU_PUBLIC_URL: optionalText,
    SFU_NODE_DOOR_URL: optionalText,
    SFU_LINK_PATH: optionalText,
    SFU_ALLOW_REMOTE: optionalText,
    SFU_STUDIO_ORIGINS: textSetting('http://localhost:3000,http://127.0.0.1:3000'),
    SFU_TRUST_PROXY: textSetting('').refine((text) => toList(text).every(isNetwork), {
      message:
        'must be addresses or networks of your proxies, separated by commas: loopback, uniquelocal, 192.0.2.7, 10.0.0.0/8',
    }),
    SFU_ACCESS_TOKEN: optionalText.pipe(
      z.string().min(MIN_TOKEN_LENGTH, `must be at least ${MIN_TOKEN_LENGTH} characters long`).optional(),
    ),
    SFU_METRICS_TOKEN: optionalText.pipe(
      headerText.pipe(
        z.string().min(MIN_TOKEN_LENGTH, `must be at least ${MIN_TOKEN_LENGTH} characters long`).optional(),
      ),
    ),
    SFU_ICE_SERVERS: textSetting('').refine((text) => toList(text).every(isIceUrl), {
      message: 'must be addresses like stun:host:3478 or turns:host:5349?transport=tcp, separated by commas',
    }),
    SFU_TURN_USERNAME: optionalText.pipe(headerText),
    SFU_TURN_CREDENTIAL: optionalText.pipe(headerText),
    SFU_TURN_SECRET: optionalText,
    SFU_PLAYOUT_DELAY_MS: optionalText
      .transform((text) => (text === undefined ? undefined : Number(text)))
      .pipe(playoutDelaySchema.optional()),
    SFU_ZONE_CHECK_MS: numberSetting(30_000, z.number().int().min(100).max(600_000)),
    SFU_NODE_ID: optionalText.pipe(nodeIdSchema.optional()),
    LOG_LEVEL: logLevelSetting,
  })
  .refine((value) => (value.SFU_TURN_USERNAME === undefined) === (value.SFU_TURN_CREDENTIAL === undefined), {
    path: ['SFU_TURN_CREDENTIAL'],
    message: 'and SFU_TURN_USERNAME are given together or not at all',
  })
  .refine((value) => value.SFU_TURN_SECRET === undefined || value.SFU_TURN_USERNAME === undefined, {
    path: ['SFU_TURN_SECRET'],
    message: 'makes names and passwords of its own: leave SFU_TURN_USERNAME and SFU_TURN_CREDENTIAL empty',
  })
  .refine(
    (value) =>
      !toList(value.SFU_ICE_SERVERS).some(isTurnUrl) ||
      value.SFU_TURN_SECRET !== undefined ||
      value.SFU_TURN_USERNAME !== undefined,
    {
      path: ['SFU_ICE_SERVERS'],
      message: 'names a TURN server: set SFU_TURN_SECRET, or SFU_TURN_USERNAME and SFU_TURN_CREDENTIAL',
    },
  )
  .refine((value) => isLoopback(value.SFU_HOST) || value.SFU_ALLOW_REMOTE === 'yes', {
    path: ['SFU_HOST'],
    message:
      'is not a loopback address; there are no accounts yet, so set SFU_ALLOW_REMOTE=yes only on a network that you trust',
  })
  .refine((value) => !isWildcard(value.SFU_HOST) || value.SFU_PUBLIC_URL !== undefined, {
    path: ['SFU_PUBLIC_URL'],
    message: 'is needed when SFU_HOST means every address: clients have to be told one',
  })
  .refine(({ SFU_PUBLIC_URL: url }) => url === undefined || isWebAddress(url), {
    path: ['SFU_PUBLIC_URL'],
    message: 'must be an http:// or https:// address',
  })
  .refine(({ SFU_NODE_DOOR_URL: url }) => url === undefined || isWebAddress(url), {
    path: ['SFU_NODE_DOOR_URL'],
    message: 'must be an http:// or https:// address',
  });

export interface DoorConfig {
  readonly dataDir: string;
  readonly segmentsDir: string;
  readonly uploadsDir: string;
  readonly databaseUrl: string;
  readonly host: string;
  readonly port: number;
  /** Null: derived from the address that it listens on. */
  readonly publicUrl: string | null;
  /** Null: as `publicUrl`. */
  readonly nodeUrl: string | null;
  readonly linkPath: string;
  readonly studioOrigins: readonly string[];
  /** Their word about who asks counts. */
  readonly trustedProxies: readonly string[];
  readonly accessToken: string;
  /** Reads figures and nothing else; null: only the access token does. */
  readonly metricsToken: string | null;
  readonly iceServers: IceServers;
  /** For all zones that have none of their own, in ms; null: by their size (PO33). */
  readonly playoutDelayMs: number | null;
  /** How often changes of zones and receivers are looked for in the database, in ms. */
  readonly zoneCheckMs: number;
  readonly openToNetwork: boolean;
  /** The node's name in the logs, if it was given one. */
  readonly nodeName: string | undefined;
  readonly logLevel: string;
}

function turnAccessOf(settings: z.output<typeof doorSettingsSchema>): TurnAccess | null {
  const { SFU_TURN_SECRET: secret, SFU_TURN_USERNAME: username, SFU_TURN_CREDENTIAL: credential } = settings;
  if (secret !== undefined) return { kind: 'secret', secret };
  return username === undefined || credential === undefined ? null : { kind: 'fixed', username, credential };
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
    nodeUrl: settings.SFU_NODE_DOOR_URL?.replace(/\/$/, '') ?? null,
    linkPath: linkPathOf(dataDir, settings.SFU_LINK_PATH),
    iceServers: { urls: toList(settings.SFU_ICE_SERVERS), turn: turnAccessOf(settings) },
    studioOrigins: toList(settings.SFU_STUDIO_ORIGINS),
    trustedProxies: toList(settings.SFU_TRUST_PROXY),
    accessToken: settings.SFU_ACCESS_TOKEN ?? keepAccessToken(dataDir),
    metricsToken: settings.SFU_METRICS_TOKEN ?? null,
    playoutDelayMs: settings.SFU_PLAYOUT_DELAY_MS ?? null,
    zoneCheckMs: settings.SFU_ZONE_CHECK_MS,
    openToNetwork: !isLoopback(settings.SFU_HOST),
    nodeName: settings.SFU_NODE_ID,
    logLevel: settings.LOG_LEVEL,
  };
}

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { receiverIdSchema } from '@loa/shared/protocol/receivers';
import type { ReceiverId } from '@loa/shared/ids';
import { z } from 'zod';
import { MAX_CALIBRATION_MS } from './sinks/calibrated-sink.ts';

export const SINKS = ['auto', 'pulse', 'alsa', 'wav', 'null'] as const;
export type SinkName = (typeof SINKS)[number];

/** Empty counts as not set, as in a `.env` file where nothing follows the equals sign. */
const text = z
  .string()
  .optional()
  .transform((value) => (value === undefined || value.trim() === '' ? undefined : value.trim()));

/** Settings of the receiver; every one stands in `.env.example`. */
export const receiverEnvironmentSchema = z.object({
  RECEIVER_ID: text.pipe(receiverIdSchema.optional()),
  RECEIVER_NAME: text.pipe(z.string().max(120).optional()),
  RECEIVER_ZONE: text.pipe(
    z.string('is needed: the official code or the id of the zone that this receiver stands in').max(64),
  ),
  RECEIVER_DOOR_URL: text.pipe(z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:3001')),
  RECEIVER_TOKEN: text,
  RECEIVER_TOKEN_FILE: text,
  RECEIVER_SINK: text.pipe(z.enum(SINKS).default('auto')),
  RECEIVER_ALSA_DEVICE: text.pipe(z.string().max(200).default('default')),
  RECEIVER_CALIBRATION_MS: text
    .transform((value) => (value === undefined ? 0 : Number(value)))
    .pipe(z.number().min(-MAX_CALIBRATION_MS).max(MAX_CALIBRATION_MS)),
  RECEIVER_WAV_PATH: text,
  RECEIVER_DATA_DIR: text,
  RECEIVER_TRACE_PATH: text,
  RECEIVER_SECOND_PATH: text.pipe(z.enum(['yes', 'no']).default('yes')),
  RECEIVER_DELAY_MS: text
    .transform((value) => (value === undefined ? undefined : Number(value)))
    .pipe(z.number().int().min(20).max(5_000).optional()),
  LOG_LEVEL: text.pipe(z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info')),
});

export interface ReceiverConfig {
  readonly id: ReceiverId;
  readonly name: string;
  readonly zone: string;
  readonly doorUrl: string;
  readonly token: string;
  readonly sink: SinkName;
  readonly alsaDevice: string;
  /** How much later than its sink says sound is heard, in ms (PO36). */
  readonly calibrationMs: number;
  readonly wavPath: string;
  readonly dataDir: string;
  /** Where everything that the engine is told is written; null: nowhere. */
  readonly tracePath: string | null;
  /** Instead of what the server says; null: as the server says. */
  readonly delayMs: number | null;
  /** PO40: whether it holds a second path to another node, where there is one. */
  readonly secondPath: boolean;
  readonly logLevel: string;
  /** Light receivers to run instead of a real one; null: a real one. */
  readonly fleet: number | null;
}

const MAX_FLEET = 5_000;

/** Reads the settings; throws one error that names every mistake. */
export function readReceiverConfig(
  environment: Record<string, string | undefined>,
  args: readonly string[] = [],
): ReceiverConfig {
  const parsed = receiverEnvironmentSchema.safeParse(environment);
  const fleet = readFleet(args);
  const mistakes = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  if (fleet === 'wrong') mistakes.push(`--fleet: needs a number from 1 to ${MAX_FLEET}`);
  const token = readToken(environment['RECEIVER_TOKEN'], environment['RECEIVER_TOKEN_FILE'], mistakes);
  if (!parsed.success || fleet === 'wrong' || mistakes.length > 0) {
    throw new Error(`These settings are wrong (see .env.example):\n${mistakes.map((line) => `  ${line}`).join('\n')}`);
  }
  const settings = parsed.data;
  const zone = settings.RECEIVER_ZONE;
  const id = settings.RECEIVER_ID ?? receiverIdSchema.parse(`receiver-${zone.replace(/[^\w.:-]/g, '-')}`);
  const dataDir = resolve(settings.RECEIVER_DATA_DIR ?? join('data', 'receivers', id));
  return {
    id,
    name: settings.RECEIVER_NAME ?? id,
    zone,
    doorUrl: settings.RECEIVER_DOOR_URL.replace(/\/$/, ''),
    token,
    sink: settings.RECEIVER_SINK,
    alsaDevice: settings.RECEIVER_ALSA_DEVICE,
    calibrationMs: settings.RECEIVER_CALIBRATION_MS,
    wavPath: resolve(settings.RECEIVER_WAV_PATH ?? join(dataDir, 'output.wav')),
    dataDir,
    tracePath: settings.RECEIVER_TRACE_PATH === undefined ? null : resolve(settings.RECEIVER_TRACE_PATH),
    delayMs: settings.RECEIVER_DELAY_MS ?? null,
    secondPath: settings.RECEIVER_SECOND_PATH === 'yes',
    logLevel: settings.LOG_LEVEL,
    fleet,
  };
}

function readToken(given: string | undefined, file: string | undefined, mistakes: string[]): string {
  const token = given?.trim() ?? '';
  if (token !== '') return token;
  if (file === undefined || file.trim() === '') {
    mistakes.push('RECEIVER_TOKEN: is needed, here or in RECEIVER_TOKEN_FILE');
    return '';
  }
  try {
    return readFileSync(file.trim(), 'utf8').trim();
  } catch (error) {
    mistakes.push(`RECEIVER_TOKEN_FILE: cannot be read: ${String(error)}`);
    return '';
  }
}

function readFleet(args: readonly string[]): number | null | 'wrong' {
  const at = args.indexOf('--fleet');
  if (at < 0) return null;
  const count = Number(args[at + 1]);
  return Number.isInteger(count) && count >= 1 && count <= MAX_FLEET ? count : 'wrong';
}

import { z } from 'zod';

/** A setting that is absent or empty counts as not set. */
export const optionalText = z
  .string()
  .optional()
  .transform((value) => (value === undefined || value.trim() === '' ? undefined : value.trim()));

/** A number with a default, as text in the environment. */
export function numberSetting(fallback: number, schema: z.ZodNumber = z.number().int()) {
  return z.preprocess((value) => (value === undefined || value === '' ? fallback : Number(value)), schema);
}

export function textSetting(fallback: string) {
  return z.preprocess((value) => (value === undefined || value === '' ? fallback : value), z.string());
}

export const logLevelSetting = z.preprocess(
  (value) => (value === undefined || value === '' ? 'info' : value),
  z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
);

/** Reads settings from an environment; throws one error that lists every mistake with the name of its setting. */
export function readSettings<T extends z.ZodType>(
  schema: T,
  environment: Record<string, string | undefined>,
): z.output<T> {
  const result = schema.safeParse(environment);
  if (result.success) return result.data;
  const mistakes = result.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
  throw new Error(`These settings are wrong (see .env.example):\n${mistakes.join('\n')}`);
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;

/** Until accounts exist, anything but loopback needs `SFU_ALLOW_REMOTE=yes`. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** Every address of the machine: to listen there is possible, to be called there is not. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

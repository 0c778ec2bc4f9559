import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

export const DOCKER = join(import.meta.dirname, '..');
export const ROOT = join(DOCKER, '..');

export const readText = (...path: string[]) => readFileSync(join(ROOT, ...path), 'utf8');
/** YAML as compose and Prometheus read it: with merge keys. Throws on what is no YAML, on double keys too. */
export const readYaml = (...path: string[]): unknown => parse(readText(...path), { merge: true, strict: true });

const serviceSchema = z.looseObject({
  image: z.string().optional(),
  build: z.object({ context: z.literal('..'), dockerfile: z.string(), target: z.string() }).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  command: z.array(z.string()).optional(),
  read_only: z.boolean().optional(),
  user: z.string().optional(),
  cap_drop: z.array(z.string()).default([]),
  security_opt: z.array(z.string()).default([]),
  tmpfs: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  secrets: z.array(z.string()).default([]),
  profiles: z.array(z.string()).default([]),
  networks: z.union([z.array(z.string()), z.record(z.string(), z.unknown())]).default([]),
  healthcheck: z.looseObject({ disable: z.boolean().optional() }).optional(),
  depends_on: z
    .union([
      z.array(z.string()),
      z.record(z.string(), z.object({ condition: z.enum(['service_healthy', 'service_completed_successfully']) })),
    ])
    .default({}),
});
export type Service = z.infer<typeof serviceSchema>;

const fileSchema = z.looseObject({
  services: z.record(z.string(), serviceSchema),
  networks: z.record(z.string(), z.unknown()),
  volumes: z.record(z.string(), z.unknown()),
  secrets: z.record(z.string(), z.object({ file: z.string() })).default({}),
});

export const readCompose = (name: string) => fileSchema.parse(readYaml('docker', name));

export interface Variable {
  readonly name: string;
  /** Null: compose refuses to start without it. */
  readonly fallback: string | null;
}

const VARIABLE = /\$\{(\w+)(?::(-|\?)([^}]*))?\}/g;

/** What a compose file takes from its environment. `$$` is a dollar sign. */
export const variablesOf = (text: string): Variable[] =>
  [...text.replaceAll('$$', '').matchAll(VARIABLE)].map(([, name = '', sign, rest = '']) => ({
    name,
    fallback: sign === '?' ? null : rest,
  }));

/** A value with the variables of `given` put in, as compose does it. */
export const interpolate = (value: string, given: Readonly<Record<string, string>>): string =>
  value.replace(VARIABLE, (_, name: string, sign: string | undefined, rest = '') => {
    const value = given[name] ?? '';
    return value === '' && sign === '-' ? String(rest) : value;
  });

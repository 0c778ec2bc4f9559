import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { receiverEnvironmentSchema } from '../receiver/src/config.ts';
import { doorSettingsSchema } from '../sfu/src/door/config.ts';
import { pumpSettingsSchema } from '../sfu/src/pump/config.ts';
import { startSettingsSchema } from './start/settings.ts';

const ROOT = join(import.meta.dirname, '..');
const example = parseEnv(readFileSync(join(ROOT, '.env.example'), 'utf8')) as Record<string, string>;

/** The studio's schema lives in its server bundle; its names are read from the source. */
const studioNames = [
  ...readFileSync(join(ROOT, 'studio', 'src', 'lib', 'server', 'config.ts'), 'utf8').matchAll(/\b(STUDIO_[A-Z_]+):/g),
].map(([, name]) => name ?? '');

const SCHEMAS: Readonly<Record<string, z.ZodObject>> = {
  starter: startSettingsSchema,
  door: doorSettingsSchema,
  pump: pumpSettingsSchema,
  receiver: receiverEnvironmentSchema,
};

/** What a process cannot do without; the same on both sides of the comparison. */
const NEEDED = { DATABASE_URL: 'postgresql://127.0.0.1/loa', RECEIVER_ZONE: '26506', RECEIVER_TOKEN: 'token' };

describe('.env.example', () => {
  it('names every setting of every process, and nothing else', () => {
    const known = new Set([...Object.values(SCHEMAS).flatMap((schema) => Object.keys(schema.shape)), ...studioNames]);
    expect(Object.keys(example).sort()).toEqual([...known].sort());
  });

  it.each(Object.entries(SCHEMAS))('shows the defaults of the %s as they are', (_, schema) => {
    const given = Object.fromEntries(Object.entries(example).filter(([name]) => !(name in NEEDED)));
    // The one default that depends on other settings: shown for the default port.
    const derived = { SFU_STUDIO_ORIGINS: example['SFU_STUDIO_ORIGINS'] };
    expect(schema.parse({ ...given, ...NEEDED })).toEqual(schema.parse({ ...derived, ...NEEDED }));
  });
});

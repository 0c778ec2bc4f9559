import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Of this workspace, as every registration says it. */
export const SOFTWARE_VERSION = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))).version;

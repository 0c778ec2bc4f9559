import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const MIN_TOKEN_LENGTH = 24;

/** The token of this installation, made at the first start; only the user who runs Loa can read the file. */
export function keepAccessToken(dataDir: string): string {
  const path = join(dataDir, 'access-token');
  try {
    const token = readFileSync(path, 'utf8').trim();
    if (token.length >= MIN_TOKEN_LENGTH) return token;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const token = randomBytes(32).toString('base64url');
  mkdirSync(dataDir, { recursive: true });
  // A file that is there keeps its mode, whatever is asked for: one that is too short may be open to everybody.
  rmSync(path, { force: true });
  writeFileSync(path, `${token}\n`, { mode: 0o600, flag: 'wx' });
  return token;
}

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from 'pino';

/**
 * ND41: which process of this node was before this one: what it has left in the directory is no other node's. Puts `run` in its place.
 * Null when it is not known; then a node waits a moment until what is left there proves dead.
 */
export function takeLastRun(path: string, run: string, logger: Logger): string | null {
  let last: string | null = null;
  try {
    last = readFileSync(path, 'utf8').trim();
  } catch {
    // The first of this node.
  }
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, `${run}\n`);
  } catch (error) {
    logger.warn(
      { err: error, path },
      'the run of this process cannot be kept: the next one will be slower to join the others',
    );
  }
  return last;
}

import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { boundedCost } from '@loa/shared/nodes/capacity';

/** NP33: what a packet was measured to cost, for the next process: a node that begins anew has places for all who come back. */
export interface CostFile {
  /** µs; null: nothing was measured on this machine. */
  read(): number | null;
  /** Nobody waits for it. */
  write(costUs: number): void;
}

export function openCostFile(path: string, log: Logger): CostFile {
  return {
    read() {
      try {
        const cost = Number(readFileSync(path, 'utf8').trim());
        return cost > 0 ? boundedCost(cost) : null;
      } catch {
        // The first of this node.
        return null;
      }
    },
    write(costUs) {
      writeFile(`${path}.new`, `${costUs.toFixed(2)}\n`)
        .then(() => rename(`${path}.new`, path))
        .catch((error: unknown) => log.warn({ err: error, path }, 'the cost of a packet cannot be kept'));
    },
  };
}

import { pino } from 'pino';
import { expect, it } from 'vitest';
import type { MediaWorker } from './media-worker.ts';
import { createWorkerPool } from './worker-pool.ts';

const log = pino({ level: 'silent' });

it('tells how many workers are wanted, alive and have died', async () => {
  const starting: Array<() => void> = [];
  const deaths: Array<(error: Error) => void> = [];
  const create = async (slot: number, onDied: (error: Error) => void): Promise<MediaWorker> => {
    if (deaths.length >= 2) await new Promise<void>((go) => starting.push(go));
    deaths.push(onDied);
    return { pid: 100 + slot, transports: 0, close: () => undefined } as MediaWorker;
  };
  const pool = await createWorkerPool({ count: 2, log, create, onFatal: () => undefined });
  expect(pool.figures).toEqual({ wanted: 2, alive: 2, died: 0 });

  deaths[0]?.(new Error('died'));
  expect(pool.figures).toEqual({ wanted: 2, alive: 1, died: 1 });
  starting[0]?.();
  await pool.pick();
  await new Promise<void>((go) => setImmediate(go));
  expect(pool.figures).toEqual({ wanted: 2, alive: 2, died: 1 });
  pool.close();
});

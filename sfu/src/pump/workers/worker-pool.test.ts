import { pino } from 'pino';
import { expect, it } from 'vitest';
import type { MediaWorker } from './media-worker.ts';
import { createWorkerPool } from './worker-pool.ts';

const log = pino({ level: 'silent' });

const workerOf = (pid: number, state: { closed: boolean }, transports = 0) =>
  ({
    pid,
    get closed() {
      return state.closed;
    },
    transports,
    packetsSent: 100,
    close: () => undefined,
  }) as MediaWorker;

it('LV3: what was begun with a worker that dies is done with the next one, and never with one that is dead already', async () => {
  const states: Array<{ closed: boolean; die: (error: Error) => void }> = [];
  const create = async (_slot: number, onDied: (error: Error) => void): Promise<MediaWorker> => {
    const state = { closed: false, die: onDied };
    states.push(state);
    return workerOf(states.length, state);
  };
  const pool = await createWorkerPool({ count: 1, log, create, onFatal: () => undefined });
  const used: number[] = [];
  const result = pool.use(async ({ pid }) => {
    used.push(pid);
    const state = states[pid - 1];
    if (pid > 1 || !state) return pid;
    // mediasoup closes what the worker had first, and reports its death after that.
    state.closed = true;
    setImmediate(() => state.die(new Error('died')));
    throw new Error('Channel closed');
  });
  expect(await result).toBe(2);
  expect(used).toEqual([1, 2]);
  await expect(pool.use(() => Promise.reject(new Error('not its fault')))).rejects.toThrow('not its fault');
  pool.close();
});

it('tells how many workers are wanted, alive and have died', async () => {
  const starting: Array<() => void> = [];
  const deaths: Array<(error: Error) => void> = [];
  const create = async (slot: number, onDied: (error: Error) => void): Promise<MediaWorker> => {
    if (deaths.length >= 2) await new Promise<void>((go) => starting.push(go));
    deaths.push(onDied);
    return workerOf(100 + slot, { closed: false });
  };
  const pool = await createWorkerPool({ count: 2, log, create, onFatal: () => undefined });
  expect(pool.figures).toEqual({ wanted: 2, alive: 2, died: 0, packets: 200 });

  deaths[0]?.(new Error('died'));
  expect(pool.figures).toEqual({ wanted: 2, alive: 1, died: 1, packets: 200 });
  starting[0]?.();
  await pool.pick();
  await new Promise<void>((go) => setImmediate(go));
  expect(pool.figures).toEqual({ wanted: 2, alive: 2, died: 1, packets: 300 });
  pool.close();
});

it('gives the worker with the fewest transports, of those that are preferred if there are any that live', async () => {
  const states = [4, 2, 3].map(() => ({ closed: false }));
  const create = async (slot: number) => workerOf(slot, states[slot] ?? { closed: true }, [4, 2, 3][slot]);
  const pool = await createWorkerPool({ count: 3, log, create, onFatal: () => undefined });
  const given = async (...preferred: number[]) => (await pool.pick(({ pid }) => preferred.includes(pid))).pid;
  expect((await pool.pick()).pid).toBe(1);
  expect([await given(), await given(0), await given(0, 2)]).toEqual([1, 0, 2]);
  if (states[0]) states[0].closed = true;
  expect(await given(0)).toBe(1);
  pool.close();
});

import { describe, expect, it } from 'vitest';
import { TurnQueue } from './turn-queue.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('turn queue', () => {
  it('does every task once, a few at a time', async () => {
    const queue = new TurnQueue();
    const done: number[] = [];
    const tasks = Array.from({ length: 20 }, (_, index) => () => void done.push(index));
    for (const task of [...tasks, ...tasks]) queue.add(task);
    await turn();
    expect(done.length).toBeLessThan(tasks.length);
    for (let turns = 0; turns < 10; turns += 1) await turn();
    expect(done).toEqual(tasks.map((_, index) => index));
  });
});

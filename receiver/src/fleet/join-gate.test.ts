import { describe, expect, it } from 'vitest';
import { createGate } from './join-gate.ts';

describe('gate', () => {
  it('never lets more through than its width, and forgets nobody, not even after failures', async () => {
    const gate = createGate(3);
    let running = 0;
    let most = 0;
    const task = (index: number) => async (): Promise<number> => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
      if (index % 5 === 0) throw new Error(`task ${index}`);
      return index;
    };
    const results = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => gate(task(index))));
    expect(most).toBe(3);
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(16);
  });
});

import { describe, expect, it } from 'vitest';
import { memoryOf, parseMemory } from './processes.ts';

describe('the memory of a process', () => {
  it('is read from what the kernel says, with the part that is its own', () => {
    const status =
      'Name:\tnode\nVmHWM:\t   90000 kB\nVmRSS:\t   80000 kB\nRssAnon:\t   30000 kB\nRssFile:\t   50000 kB\n';
    expect(parseMemory(status)).toEqual({ rssMb: 81.92, ownMb: 30.72 });
  });

  it('is that of a process which runs', () => {
    const { rssMb, ownMb } = memoryOf(process.pid);
    expect(ownMb).toBeGreaterThan(1);
    expect(rssMb).toBeGreaterThan(ownMb);
  });

  it('is not a number where the kernel says nothing of it', () => {
    expect(parseMemory('Name:\tnode\n').rssMb).toBeNaN();
  });
});

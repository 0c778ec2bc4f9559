import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openKeptQueue } from './kept-queue.ts';

const log = pino({ level: 'silent' });
let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'loa-queue-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = () => join(folder, 'kept', 'queue.json');
const open = (delayMs = 0) => openKeptQueue(path(), z.number(), delayMs, log);
const setAside = () => readdirSync(join(folder, 'kept')).filter((name) => name.includes('.unreadable-'));
/** What a process has written that is killed now. */
const written = async (...steps: Array<(queue: ReturnType<typeof open>) => void>) => {
  for (const step of steps) {
    const queue = open();
    queue.read();
    step(queue);
    await queue.close();
  }
};

describe('EL31: a queue of what the database has not taken', () => {
  it('is read by the next process, and by nobody else', async () => {
    expect(open().read()).toBeNull();
    await written((queue) => queue.add([1, 2]));
    expect(open().read()).toEqual([1, 2]);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'kept'))).toEqual(['queue.json']);
  });

  it('is appended to: what waits already is not written again', async () => {
    await written((queue) => queue.add([1, 2]));
    const before = readFileSync(path(), 'utf8');
    await written((queue) => queue.add([3]));
    expect(readFileSync(path(), 'utf8')).toBe(`${before}3\n`);
    await written((queue) => queue.dropOldest(2));
    expect(readFileSync(path(), 'utf8')).toBe(`${before}3\n#2\n`);
    expect(open().read()).toEqual([3]);
  });

  it('does not write what is gone again by then, and is empty when nothing waits', async () => {
    const queue = open(60_000);
    queue.add([1, 2]);
    queue.dropOldest(2);
    await queue.close();
    expect(readdirSync(folder)).toEqual([]);
    await written(
      (first) => first.add([1, 2]),
      (second) => second.dropOldest(2),
    );
    expect(readFileSync(path(), 'utf8')).toBe('');
  });

  it('is what waits, whatever came and went and however often it was written', async () => {
    const step = fc.oneof(
      fc.array(fc.nat(9), { maxLength: 4 }).map((add) => ({ add, drop: 0 })),
      fc.nat(5).map((drop) => ({ add: [], drop })),
    );
    const processes = fc.array(fc.array(step, { maxLength: 6 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(processes, async (all) => {
        rmSync(join(folder, 'kept'), { recursive: true, force: true });
        const model: number[] = [];
        for (const steps of all) {
          const queue = open();
          expect(queue.read() ?? []).toEqual(model);
          for (const { add, drop } of steps) {
            queue.add(add);
            model.push(...add);
            queue.dropOldest(Math.min(drop, model.length));
            model.splice(0, drop);
            if (add.length === 3) await new Promise((resolve) => setTimeout(resolve, 2));
          }
          await queue.close();
        }
        expect(open().read() ?? []).toEqual(model);
      }),
      { numRuns: 60 },
    );
  });

  it('does not grow for ever with what is gone', async () => {
    const queue = open();
    for (let round = 0; round < 30; round++) {
      queue.add(Array.from({ length: 100 }, (_, n) => n));
      queue.dropOldest(99);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await queue.close();
    expect(readFileSync(path(), 'utf8').split('\n').length).toBeLessThan(1_400);
    expect(open().read()).toHaveLength(30);
  });

  it('of a process that was killed while it wrote loses the line that is not whole, and nothing after it', async () => {
    await written((queue) => queue.add([1, 2]));
    appendFileSync(path(), '34');
    await written((queue) => queue.add([5]));
    expect(open().read()).toEqual([1, 2, 5]);
    expect(setAside()).toEqual([]);
  });

  it('loses no more than the items that cannot be read, and these are set aside', async () => {
    await written((queue) => queue.add([1]));
    appendFileSync(path(), '"two"\n{{\n4\n');
    const text = readFileSync(path(), 'utf8');
    expect(open().read()).toEqual([1, 4]);
    expect(setAside().map((name) => readFileSync(join(folder, 'kept', name), 'utf8'))).toEqual([text]);
    // A process that is killed now has lost nothing more, and sets nothing aside again.
    expect(open().read()).toEqual([1, 4]);
    expect(setAside()).toHaveLength(1);
  });

  it('is read as it was kept before, as one list', async () => {
    await written((queue) => queue.add([9]));
    writeFileSync(path(), '[1,"two",3]');
    await written((queue) => queue.add([4]));
    expect(open().read()).toEqual([1, 3, 4]);
    expect(setAside()).toHaveLength(1);
  });

  it('is written when that is possible again, though nothing new comes', async () => {
    writeFileSync(join(folder, 'kept'), 'in the way');
    const queue = open();
    queue.add([1]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    rmSync(join(folder, 'kept'));
    await expect.poll(() => open().read(), { timeout: 10_000 }).toEqual([1]);
    await queue.close();
  });

  it('is written whole again after a write that failed', async () => {
    writeFileSync(join(folder, 'kept'), 'in the way');
    const queue = open();
    queue.add([1]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    rmSync(join(folder, 'kept'));
    queue.add([2]);
    await queue.close();
    expect(open().read()).toEqual([1, 2]);
  });
});

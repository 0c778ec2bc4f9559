import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTrace, type TraceEvent } from '@loa/shared/playout/trace-text';
import pino from 'pino';
import { afterAll, describe, expect, it } from 'vitest';
import { createTraceFile } from './trace-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'loa-trace-'));
afterAll(() => rmSync(folder, { recursive: true }));
const log = pino({ level: 'silent' });
const block = (n: number): TraceEvent => ({
  kind: 'block',
  outputMs: Math.floor(performance.timeOrigin) + n,
  frames: 480,
});

describe('the file of a trace', () => {
  it('begins with who wrote it and from when times count, and holds all that was noted', async () => {
    const path = join(folder, 'new', 'one.trace');
    const file = createTraceFile(path, { receiverId: 'r-1', log });
    const events = Array.from({ length: 500 }, (_, n) => block(n));
    for (const event of events) file.note(event);
    await file.close();
    const [first = '', ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
    const { receiverId, startMs } = JSON.parse(first.slice(2)) as { receiverId: string; startMs: number };
    expect(receiverId).toBe('r-1');
    expect(readTrace(lines, startMs)).toEqual(events);
  });

  it('ends at its size, with a whole line', async () => {
    const path = join(folder, 'two.trace');
    const file = createTraceFile(path, { receiverId: 'r-1', log, maxBytes: 1_000 });
    for (let n = 0; n < 500; n += 1) file.note(block(n));
    await file.close();
    const text = readFileSync(path, 'utf8');
    expect(text.length).toBeGreaterThan(900);
    expect(text.length).toBeLessThan(1_200);
    expect(text.endsWith(' 480\n')).toBe(true);
  });

  it('where it cannot be written, nothing else happens', async () => {
    const noFolder = join(folder, 'a-file');
    writeFileSync(noFolder, '');
    const file = createTraceFile(join(noFolder, 'three.trace'), { receiverId: 'r-1', log });
    file.note(block(1));
    await file.close();
    file.note(block(2));
    await file.close();
  });
});

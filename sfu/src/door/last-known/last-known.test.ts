import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createFirstReads, openLastKnown } from './last-known.ts';

const log = pino({ level: 'silent' });
const away = () => Promise.reject(Object.assign(new Error('no server'), { code: 'P1001' }));
const kept = { read: () => 'kept' };

describe('EL30: the first reads of a door', () => {
  it('are of the database while it answers, whatever is kept', async () => {
    const { readOr } = createFirstReads(log);
    expect(await readOr(() => Promise.resolve('stored'), kept)).toEqual({ value: 'stored', isKept: false });
  });

  it('are of what is kept when it is away, and it is not asked again', async () => {
    const { readOr } = createFirstReads(log);
    let asked = 0;
    expect(await readOr(away, kept)).toEqual({ value: 'kept', isKept: true });
    const again = await readOr(() => ((asked += 1), Promise.resolve('stored')), kept);
    expect([again, asked]).toEqual([{ value: 'kept', isKept: true }, 0]);
  });

  it('of playout delays there are none while none was ever ordered; of zones there have to be some', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'loa-last-known-'));
    const lastKnown = openLastKnown(dataDir, log);
    const { readOr } = createFirstReads(log);
    expect(await readOr(away, lastKnown.delays)).toEqual({ value: [], isKept: true });
    await expect(readOr(away, lastKnown.zones)).rejects.toThrow('no server');
    await lastKnown.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('fail with what the database says when nothing is kept, or when it answers with an error', async () => {
    await expect(createFirstReads(log).readOr(away, { read: () => null })).rejects.toThrow('no server');
    const broken = () => Promise.reject(new Error('the rows are no tree'));
    await expect(createFirstReads(log).readOr(broken, kept)).rejects.toThrow('no tree');
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, describe, expect, it } from 'vitest';
import { CAPACITY } from '@loa/shared/nodes/capacity';
import { createCapacity, LOOK_EVERY_MS } from './capacity.ts';
import { openCostFile } from './cost-file.ts';

const log = pino({ level: 'silent' });
const folder = mkdtempSync(join(tmpdir(), 'loa-cost-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function setUp({ set = null, kept = null }: { readonly set?: number | null; readonly kept?: number | null } = {}) {
  let now = 0;
  let threadMs = 0;
  let cpuMs = 0;
  let here = 0;
  const written: number[] = [];
  const worker = { closed: false, packetsSent: 0, joins: 0, usedCpuMs: () => Promise.resolve(cpuMs) };
  const capacity = createCapacity({
    workers: () => [worker],
    count: 1,
    set,
    safeShare: CAPACITY.safeShare,
    costFile: { read: () => kept, write: (us) => void written.push(us) },
    log,
    now: () => now,
    threadCpuMs: () => threadMs,
  });
  /** Ten seconds in which the worker sends this much at this price. */
  const spend = async (packets: number, us: number, { joins = 0, pumpShare = 0.1 } = {}) => {
    now += LOOK_EVERY_MS;
    cpuMs += CAPACITY.idleShare * LOOK_EVERY_MS + (packets * us) / 1_000;
    threadMs += pumpShare * LOOK_EVERY_MS;
    worker.packetsSent += packets;
    worker.joins += joins;
    await capacity.look(here);
  };
  /** So many first paths are here. */
  const setHere = (firsts: number) => void (here = firsts);
  return { capacity, spend, written, setHere, max: () => capacity.limit().max };
}

describe('NP30, NP31: the places of a node', () => {
  it('follow what a packet is measured to cost, and the next process begins with it', async () => {
    const { spend, written, max, capacity } = setUp();
    expect(max()).toBe(500);
    await spend(50_000, 28);
    for (let n = 0; n < 30; n++) await spend(50_000, 28);
    expect(max()).toBeLessThan(280);
    expect(max()).toBeGreaterThanOrEqual(250);
    expect(capacity.figures.measurements).toBe(30);
    expect(setUp({ kept: written.at(-1) ?? 0 }).max()).toBe(max());
  });

  it('stay while too little is sent, or while many join', async () => {
    const { spend, max, capacity } = setUp();
    for (let n = 0; n < 30; n++) await spend(100, 400);
    for (let n = 0; n < 30; n++) await spend(50_000, 40, { joins: 100 });
    expect([max(), capacity.figures.measurements]).toEqual([500, 0]);
  });

  it('NP33: are never more than is set, and what helps then is the setting', async () => {
    const { spend, max, capacity } = setUp({ set: 400 });
    expect(capacity.limit()).toEqual({ max: 400, remedy: 'raise SFU_MAX_LISTENERS' });
    for (let n = 0; n < 40; n++) await spend(50_000, 28);
    expect(max()).toBeLessThan(300);
    expect(capacity.limit().remedy).not.toContain('SFU_MAX_LISTENERS');
  });

  it('NP33: are there for a minute for those who were here, whatever is measured', async () => {
    const { spend, max, capacity } = setUp();
    for (let n = 0; n < 40; n++) {
      capacity.noteTaken(480);
      await spend(50_000, 40);
    }
    expect(max()).toBe(480);
    for (let n = 0; n < 4; n++) await spend(0, 0);
    expect(max()).toBe(480);
    for (let n = 0; n < 3; n++) await spend(0, 0);
    expect(max()).toBeLessThan(200);
  });

  it('NP33: are kept as well for those who have been here for long, and lose their paths now', async () => {
    const { spend, max, setHere } = setUp();
    setHere(480);
    for (let n = 0; n < 40; n++) await spend(50_000, 40);
    setHere(240);
    await spend(0, 0);
    expect(max()).toBe(480);
    for (let n = 0; n < 7; n++) await spend(0, 0);
    expect(max()).toBe(240);
  });

  it('NP32: are no more than are taken while the thread of the pump does too much; not because a city joins', async () => {
    const { spend, max, capacity } = setUp();
    for (let n = 0; n < 3; n++) await spend(0, 0, { joins: 100, pumpShare: 0.95 });
    expect(max()).toBe(500);
    capacity.noteTaken(120);
    for (let n = 0; n < 2; n++) await spend(0, 0, { pumpShare: 0.95 });
    expect(max()).toBe(120);
    await spend(0, 0, { pumpShare: 0.3 });
    expect(max()).toBe(500);
  });
});

describe('NP31: what is kept of a cost', () => {
  const path = join(folder, 'packet-cost');

  it.each(['', 'x', '-3', '0', 'NaN'])('is nothing where the file says %j', (text) => {
    writeFileSync(path, text);
    expect(openCostFile(path, log).read()).toBeNull();
  });

  it('is within what a machine may have, and is read again', async () => {
    writeFileSync(path, '4000');
    const file = openCostFile(path, log);
    expect(file.read()).toBe(CAPACITY.mostUs);
    file.write(12.345);
    await expect.poll(() => readFileSync(path, 'utf8')).toBe('12.35\n');
    expect(openCostFile(path, log).read()).toBe(12.35);
    expect(openCostFile(join(folder, 'none'), log).read()).toBeNull();
  });
});

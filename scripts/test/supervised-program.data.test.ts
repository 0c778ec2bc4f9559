import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type SupervisedProgram, superviseProgram } from '../start/supervised-program.ts';

let root: string;
let running: SupervisedProgram | undefined;
let reports: string[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'loa-supervise-'));
  reports = [];
});
afterEach(() => {
  running?.kill();
  rmSync(root, { recursive: true, force: true });
});

const supervise = (source: string, stopTimeoutMs = 10_000): SupervisedProgram => {
  writeFileSync(join(root, 'program.mjs'), source);
  const program = { name: 'program', args: ['program.mjs'], env: {}, stopTimeoutMs };
  const report = (line: string) => reports.push(line);
  return (running = superviseProgram(program, { root, logFile: join(root, 'program.log'), report }));
};

const logged = (): string => readFileSync(join(root, 'program.log'), 'utf8');
const waitForLog = (text: string) =>
  vi.waitFor(() => expect(logged(), `waiting for "${text}"`).toContain(text), { timeout: 15_000, interval: 50 });

const isAlive = (pid: number): boolean => {
  try {
    // A zombie still has a pid; its state says that it is dead.
    return !/\) Z /.test(readFileSync(`/proc/${String(pid)}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

describe('supervised program', () => {
  it('is started again when it ends by itself, and the end is reported', async () => {
    const program = supervise(`console.log('life ' + process.pid); setTimeout(() => process.exit(3), 50);`);
    await vi.waitFor(() => expect(logged().match(/life \d+/g)?.length).toBeGreaterThanOrEqual(2), { timeout: 15_000 });
    expect(program.unexpectedEnds()).toBeGreaterThanOrEqual(1);
    expect(reports.join('\n')).toMatch(/program đã dừng \(exit code 3\)/);
    await program.stop();
  });

  it('is asked to end and given time for it', async () => {
    const program = supervise(
      `process.on('SIGTERM', () => setTimeout(() => { console.log('drained'); process.exit(0); }, 100));
       console.log('up'); setInterval(() => {}, 1000);`,
    );
    await waitForLog('up');
    await program.stop();
    await waitForLog('drained');
    expect(program.unexpectedEnds()).toBe(0);
  });

  it('is ended with everything that it started when it does not end by itself', async () => {
    const program = supervise(
      `import { spawn } from 'node:child_process';
       process.on('SIGTERM', () => {});
       const child = spawn('sleep', ['1000']);
       console.log('pids ' + process.pid + ' ' + child.pid); setInterval(() => {}, 1000);`,
      200,
    );
    await waitForLog('pids');
    const pids = (/pids (\d+) (\d+)/.exec(logged()) ?? []).slice(1).map(Number);
    expect(pids.filter(isAlive)).toHaveLength(2);
    await program.stop();
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 10_000 });
    expect(reports.join('\n')).toContain('did not end in 200 ms');
  });

  it('shows warnings of its log at the terminal, and only those', async () => {
    const program = supervise(
      `console.log('{"level":30,"msg":"quiet"}'); console.log('{"level":40,"msg":"loud"}'); setInterval(() => {}, 1000);`,
    );
    await waitForLog('loud');
    await vi.waitFor(() => expect(reports).toContain('program: loud'));
    expect(reports.join('\n')).not.toContain('quiet');
    await program.stop();
  });
});

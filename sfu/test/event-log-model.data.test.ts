import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/*
 * Checks docs/models/event-log.pml with SPIN: every order of events within its bounds. With three writes of each node
 * instead of two (`-DTRIES=3`, which the model has by itself) it takes minutes and 2 GB; it holds there too.
 */

const run = promisify(execFile);
const MODEL = join(import.meta.dirname, '..', '..', 'docs', 'models', 'event-log.pml');

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'loa-spin-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** What SPIN finds: the number of errors, and what was violated first. */
async function check(...definitions: string[]): Promise<{ errors: number; violated: string; states: number }> {
  await run('spin', ['-a', ...definitions, MODEL], { cwd: dir });
  await run('cc', ['-O2', '-DSAFETY', '-DCOLLAPSE', '-DMEMLIM=2000', '-o', 'pan', 'pan.c'], { cwd: dir });
  const { stdout } = await run('./pan', ['-m200000', '-n'], { cwd: dir });
  const [, errors] = /errors: (\d+)/.exec(stdout) ?? [];
  const [, states] = /(\d+) states, stored/.exec(stdout) ?? [];
  // It also ends without an error when it ran out of room; then it says so.
  expect(stdout).not.toMatch(/max search depth too small|out of memory|memory limit/i);
  return { errors: Number(errors), violated: /violated (.*) \(at/.exec(stdout)?.[1] ?? '', states: Number(states) };
}

describe('the model of the log on replicated Redis', () => {
  it('EL1, EL2, EL10: holds through two failovers, whoever stands still and whenever', async () => {
    const { errors, states } = await check('-DTRIES=2');
    expect(errors).toBe(0);
    expect(states).toBeGreaterThan(500_000);
  });

  it.each([
    ['waiting for a replica', '-DNO_WAIT', 'found'],
    ['comparing the end of the log', '-DNO_COMPARE', 'decidedOn'],
    ['comparing the token of the lease', '-DNO_FENCE', 'tokenOf'],
    ['promoting the replica that has most', '-DWORST_REPLICA', 'found'],
    ['one failure at a time', '-DTWO_AT_ONCE', 'folded'],
  ])('does not hold without %s', async (_, definition, violated) => {
    const result = await check(definition);
    expect(result.errors).toBe(1);
    expect(result.violated).toContain(violated);
  });
});

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseOptions, usage } from '../checks/options.mjs';

const STAGES = ['data', 'unit', 'types-sfu', 'types-studio'];
const parsed = (...argv: string[]) => parseOptions(argv, STAGES);

describe('what `npm test` is asked for', () => {
  it('everything, some stages, and what goes to the runner', () => {
    expect(parsed()).toEqual({ kind: 'run', options: { only: null, extra: [] } });
    expect(parsed('--only', 'unit,types', '--', 'zone-tree', '--only')).toEqual({
      kind: 'run',
      options: { only: ['unit', 'types'], extra: ['zone-tree', '--only'] },
    });
    expect(parsed('--only', 'unit', '--only', 'data')).toMatchObject({ options: { only: ['unit', 'data'] } });
  });

  it.each([
    [['--onyl', 'unit'], '--onyl is no option: known are --only STAGE,…, --help and -- WHAT …'],
    [['unit'], 'unit is no option'],
    [['--only=unit'], '--only=unit is no option'],
    [['--only'], '--only needs the names of stages'],
    [['--only', 'unit,unti'], 'there is no stage “unti”: data, unit, types-sfu, types-studio'],
    [['--only', ''], 'there is no stage “”'],
  ])('%j is refused, with what is known', (argv, message) => {
    expect(parsed(...argv)).toMatchObject({ kind: 'mistake', message: expect.stringContaining(message) as string });
  });

  it('how it is used', () => {
    expect(parsed('--only', 'unit', '--help')).toEqual({ kind: 'help' });
    for (const name of STAGES) expect(usage(STAGES)).toContain(name);
  });
});

describe('scripts/test.mjs', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [join(import.meta.dirname, '..', 'test.mjs'), ...args], {
      encoding: 'utf8',
      // What it would begin without the refusal takes many minutes.
      timeout: 20_000,
      killSignal: 'SIGKILL',
    });

  it('runs nothing for an option that it does not know, and ends with 2', () => {
    const { status, stdout, stderr } = run('--quick');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^--quick is no option[^]*--only STAGE,…[^]*unit/);
  });

  it('says how it is used, and ends with 0', () => {
    const { status, stdout, stderr } = run('--help');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^node scripts\/test\.mjs \[--only STAGE,…\][^]*Stages: data,[^]*unit, studio, fuzz, lint/);
  });
});

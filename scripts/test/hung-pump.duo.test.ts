import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { nodesOf, type StartNode } from '../start/nodes.ts';
import { pumpProgram } from '../start/programs.ts';
import { readStartSettings } from '../start/settings.ts';
import { type SupervisedProgram, superviseProgram } from '../start/supervised-program.ts';

let dataDir: string;
let pump: SupervisedProgram | undefined;
beforeEach(() => void (dataDir = mkdtempSync(join(tmpdir(), 'loa-hung-'))));
afterEach(async () => {
  await pump?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

it('LV5: a pump that hangs is killed by the starter and started again', async () => {
  const logFile = join(dataDir, 'pump.log');
  const reports: string[] = [];
  const [node] = nodesOf(readStartSettings({ LOA_DATA_DIR: dataDir })) as [StartNode];
  const program = pumpProgram(node);
  pump = superviseProgram(
    { ...program, env: { ...program.env, SFU_MEDIA_PORT: '0', SFU_NODE_ID: 'a' } },
    { root: resolve(import.meta.dirname, '..', '..'), logFile, report: (line) => reports.push(line) },
  );
  const pids = (): number[] =>
    readFileSync(logFile, 'utf8')
      .split('\n')
      .filter((line) => line.includes('"pump ready"'))
      .map((line) => (JSON.parse(line) as { pid: number }).pid);
  const ready = (count: number) =>
    vi.waitFor(() => expect(pids(), reports.join('\n')).toHaveLength(count), { timeout: 60_000, interval: 100 });
  await ready(1);
  process.kill(pids()[0] ?? 0, 'SIGSTOP');
  await ready(2);
  expect(new Set(pids()).size).toBe(2);
  expect(pump.unexpectedEnds()).toBe(1);
  expect(reports.join('\n')).toContain('hangs, killed');
  const nodes = readFileSync(logFile, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => (JSON.parse(line) as { node?: string }).node);
  expect(new Set(nodes)).toEqual(new Set(['a']));
}, 120_000);

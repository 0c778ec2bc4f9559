import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { toneFile } from '../../../test/support/tone-file.ts';
import { toProblemError } from '../problem-error.ts';
import { probeAudio } from './probe-audio.ts';
import { runTool } from './run-tool.ts';
import { transcode } from './transcode.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'loa-tool-'))));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** The code of a failure, and whether there is something for the log; null when it is the tool's own verdict. */
const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => 'no failure',
    (error: unknown) => {
      const problem = toProblemError(error);
      return problem && [problem.code, problem.cause !== undefined];
    },
  );
const NOT_WORKED_ON = ['internal', true];

function program(name: string, text: string, mode: number): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, mode);
  return path;
}

const TONE = ['-v', 'error', '-f', 'lavfi', '-i', 'sine=duration=2'];

describe('a tool', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['that is not there', () => runTool('loa-has-no-such-tool', [], { timeoutMs: 20_000 })],
    ['that may not be run', () => runTool(program('tool', '', 0o644), [], { timeoutMs: 20_000 })],
    ['that takes too long', () => runTool('sleep', ['60'], { timeoutMs: 100 })],
    ['that somebody ends', () => runTool(program('tool', 'kill -KILL $$', 0o755), [], { timeoutMs: 20_000 })],
    ['that is given up', () => runTool('sleep', ['60'], { timeoutMs: 60_000, signal: AbortSignal.timeout(100) })],
  ])('%s says nothing of the file', async (_, run) => {
    expect(await failureOf(run())).toEqual(NOT_WORKED_ON);
  });

  it('whose disk is full says that, not that the file is damaged', async () => {
    const run = runTool('ffmpeg', [...TONE, '-y', '-f', 'wav', '/dev/full'], { timeoutMs: 20_000 });
    expect(await failureOf(run)).toEqual(['unavailable', true]);
  });

  it('that cannot read a file says so itself', async () => {
    const path = join(folder, 'nonsense.wav');
    writeFileSync(path, 'no sound');
    expect(await failureOf(runTool('ffprobe', ['-v', 'error', path], { timeoutMs: 20_000 }))).toBeNull();
  });
});

describe('an upload that is sound', () => {
  const written = () => {
    const path = join(folder, 'tone.wav');
    writeFileSync(path, toneFile());
    return path;
  };

  it.each<[string, (path: string) => Promise<unknown>]>([
    ['looked at', (path) => probeAudio(path)],
    ['transcoded', (path) => transcode({ path, demuxer: 'wav', durationMs: 1_000 }, `${path}.ogg`, () => undefined)],
  ])('is not called damaged when the tools are missing while it is %s', async (_, work) => {
    const path = written();
    vi.stubEnv('PATH', folder);
    expect(await failureOf(work(path))).toEqual(NOT_WORKED_ON);
  });

  it('is not called something else when the disk does not give it back', async () => {
    expect(await failureOf(probeAudio(join(folder, 'gone.wav')))).toEqual(NOT_WORKED_ON);
  });
});

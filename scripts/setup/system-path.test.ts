import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { installPackages } from './system-packages.mjs';
import { withSystemFolders } from './system-path.mjs';

describe('the search path', () => {
  it.each([
    ['of a plain su', '/usr/local/bin:/usr/bin:/bin', '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin'],
    ['that has them stays as it is', '/usr/local/sbin:/usr/sbin:/sbin:/bin', '/usr/local/sbin:/usr/sbin:/sbin:/bin'],
    ['that is not set', undefined, '/usr/local/sbin:/usr/sbin:/sbin'],
  ])('%s', (_, path, expected) => expect(withSystemFolders(path)).toBe(expected));
});

describe.runIf(process.getuid?.() === 0)('apt-get', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'loa-apt-'))));
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });

  it('finds what dpkg runs, though root came by a plain su', async () => {
    const program = join(folder, 'apt-get');
    writeFileSync(program, '#!/bin/sh\necho "W: $PATH"\n');
    chmodSync(program, 0o755);
    vi.stubEnv('PATH', `${folder}:/usr/bin:/bin`);
    const said: string[] = [];
    await installPackages(['a-package'], (line: string) => said.push(line));
    expect(said).toContain(`W: ${folder}:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin`);
  });
});

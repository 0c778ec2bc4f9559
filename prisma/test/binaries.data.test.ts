import { chmodSync, cpSync, lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findInstalled, provideCopy } from '../embedded/binaries.ts';
import { makeLibraryLinks } from '../embedded/library-links.ts';
import { canRun } from '../embedded/run-as.ts';

/** Whoever runs the tests: this is about files, not about permissions. */
const { uid, gid, username: name } = userInfo();
const SELF = { uid, gid, name };

let folder: string;
let copy: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'loa-binaries-'));
  chmodSync(folder, 0o755);
  copy = join(folder, 'copies', '18');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** As `npm ci --ignore-scripts` leaves it: without any link. */
function withoutLinks(to: string): string {
  cpSync(findInstalled(), to, { recursive: true, filter: (path) => !lstatSync(path).isSymbolicLink() });
  return to;
}

const programs = (nativeDir: string) => ['postgres', 'initdb'].map((program) => join(nativeDir, 'bin', program));
const run = (nativeDir: string) => programs(nativeDir).map((program) => canRun(program, SELF));

describe('the programs of the embedded PostgreSQL', () => {
  it('start after an installation without install scripts, whose links are made once', () => {
    const installed = withoutLinks(join(folder, 'native'));
    expect(run(installed)).toEqual([false, false]);
    makeLibraryLinks(installed);
    makeLibraryLinks(installed);
    expect(run(installed)).toEqual([true, true]);
  });

  it('are copied with their links, and a copy that starts stays', () => {
    const binaries = provideCopy(withoutLinks(join(folder, 'native')), copy, SELF);
    expect(run(copy)).toEqual([true, true]);
    writeFileSync(join(copy, 'mark'), '');
    expect(provideCopy(join(folder, 'not there'), copy, SELF)).toEqual(binaries);
    expect(readdirSync(copy)).toContain('mark');
  });

  it.each([
    ['without links', () => undefined],
    ['with a cut-off program', (at: string) => writeFileSync(join(at, 'bin', 'initdb'), '')],
  ])('are copied anew where a copy %s was kept', (_, damage) => {
    damage(withoutLinks(copy));
    provideCopy(findInstalled(), copy, SELF);
    expect(run(copy)).toEqual([true, true]);
    expect(readdirSync(join(folder, 'copies'))).toEqual(['18']);
  });
});

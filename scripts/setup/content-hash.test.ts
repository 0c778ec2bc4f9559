import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashContents } from './content-hash.mjs';

let root: string;
const write = (name: string, text: string) => writeFileSync(join(root, name), text);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'loa-hash-'));
  mkdirSync(join(root, 'folder'));
  write('folder/a', 'one');
  write('b', 'two');
});
afterEach(() => rmSync(root, { recursive: true }));

describe('hash of contents', () => {
  const hash = () => hashContents(root, ['folder', 'b', 'missing']);

  it('is the same for the same files and changes with a content, a name or an additional file', () => {
    const first = hash();
    expect(hash()).toBe(first);
    write('folder/a', 'ONE');
    const changed = hash();
    expect(changed).not.toBe(first);
    write('folder/a', 'one');
    expect(hash()).toBe(first);
    renameSync(join(root, 'folder/a'), join(root, 'folder/z'));
    expect(hash()).not.toBe(first);
    renameSync(join(root, 'folder/z'), join(root, 'folder/a'));
    write('folder/c', '');
    expect(hash()).not.toBe(first);
  });

  it('does not look at what is ignored', () => {
    const ignore = (name: string) => name === 'c';
    const first = hashContents(root, ['folder'], { ignore });
    write('folder/c', 'x');
    expect(hashContents(root, ['folder'], { ignore })).toBe(first);
  });
});

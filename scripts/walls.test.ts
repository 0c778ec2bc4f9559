import { spawnSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { ESLint } from 'eslint';
import typescript from 'typescript-eslint';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
// The texts are in no file, so rules that need types cannot look at them.
const eslint = new ESLint({
  cwd: ROOT,
  overrideConfig: [
    typescript.configs.disableTypeChecked,
    { languageOptions: { parserOptions: { projectService: false } } },
  ],
});

/** Names of the rules that a text would break as that file. */
const broken = async (file: string, text: string): Promise<string[]> => {
  const results = await eslint.lintText(`${text}\n`, { filePath: join(ROOT, file) });
  return results.flatMap(({ messages }) => messages.map(({ ruleId, message }) => ruleId ?? message));
};

const IMPORT = 'no-restricted-imports';
const use = (name: string): string => `export * as imported from '${name}';`;

describe('walls between the parts', () => {
  it.each([
    ['sfu/src/door/new.ts', 'mediasoup'],
    ['sfu/src/door/new.ts', 'redis'],
    ['sfu/src/door/new.ts', '../pump/pump.ts'],
    ['sfu/src/pump/new.ts', 'express'],
    ['sfu/src/pump/new.ts', 'socket.io'],
    ['sfu/src/pump/new.ts', '@loa/prisma/client'],
    ['sfu/src/pump/new.ts', '../door/door.ts'],
    ['sfu/src/link/new.ts', 'mediasoup'],
    ['sfu/src/sdp/new.ts', 'express'],
    ['sfu/src/door/new.ts', '@loa/receiver/config'],
    ['shared/src/zones/new.ts', 'node:fs'],
    ['shared/src/zones/new.ts', '@loa/prisma/client'],
    ['shared/src/zones/new.ts', '../../../sfu/src/sdp/offer.ts'],
    ['prisma/new.ts', '@loa/shared/ids'],
    ['receiver/src/new.ts', '@loa/prisma/client'],
    ['receiver/src/new.ts', '../../sfu/src/sdp/offer.ts'],
    ['studio/src/lib/new.ts', '@loa/sfu/door'],
    ['studio/src/lib/new.ts', '../../../receiver/src/config.ts'],
  ])('%s may not import %s', async (file, name) => {
    expect(await broken(file, use(name))).toEqual([IMPORT]);
  });

  it.each([
    ['sfu/src/pump/new.ts', 'mediasoup'],
    ['sfu/src/door/new.ts', 'express'],
    ['sfu/src/door/new.ts', '@loa/prisma/client'],
    ['sfu/src/door/new.ts', '../link/messages.ts'],
    ['shared/src/zones/new.ts', 'zod'],
    ['receiver/src/new.ts', '@loa/shared/ids'],
    ['studio/src/lib/new.ts', '@loa/shared/ids'],
  ])('%s may import %s', async (file, name) => {
    expect(await broken(file, use(name))).toEqual([]);
  });

  it('time and chance come into the core as arguments', async () => {
    const core = 'shared/src/zones/new.ts';
    expect(await broken(core, 'export const now = (): number => Date.now();')).toEqual(['no-restricted-properties']);
    expect(await broken(core, 'export const now = (): Date => new Date();')).toEqual(['no-restricted-syntax']);
    expect(await broken(core, 'export const luck = (): number => Math.random();')).toEqual([
      'no-restricted-properties',
    ]);
    expect(await broken(core, 'export const then = (at: number): Date => new Date(at);')).toEqual([]);
  });

  it('nothing that Node could not run as it is, and no exceptions in comments', async () => {
    const file = 'sfu/src/door/new.ts';
    expect(await broken(file, 'export enum Level { Low }')).toContain('no-restricted-syntax');
    expect(await broken(file, 'export class A { constructor(readonly a: string) {} }')).toContain(
      'no-restricted-syntax',
    );
    expect(await broken(file, '// eslint-disable-next-line eqeqeq\nexport const f = (a: number) => a == 1;')).toContain(
      'eqeqeq',
    );
  });
});

describe('names of files', () => {
  const files = spawnSync('git', ['ls-files', '*.ts', '*.mjs', '*.svelte'], { cwd: ROOT, encoding: 'utf8' })
    .stdout.split('\n')
    .filter(Boolean);

  it('are kebab-case, of components PascalCase, and say more than utils or index', () => {
    expect(files.length).toBeGreaterThan(500);
    const wrong = files.filter((file) => {
      const name = basename(file).replace(/\.[^/]*$/, '');
      if (/^(utils?|helpers?|index|common|misc)$/.test(name)) return true;
      // The router's own names.
      if (name.startsWith('+')) return false;
      return file.endsWith('.svelte') ? !/^[A-Z][A-Za-z0-9]*$/.test(name) : !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name);
    });
    expect(wrong).toEqual([]);
  });
});

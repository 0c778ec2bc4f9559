/**
 * Compares the rule numbers of shared/SPEC.md with those cited in test names, in both directions.
 * Prints every gap and ends with 1 when there is one.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const SPEC = 'shared/SPEC.md';
const WORKSPACES = ['shared', 'sfu', 'receiver', 'studio', 'prisma', 'e2e', 'bench', 'scripts', 'docker'];
const SKIPPED_FOLDERS = new Set(['node_modules', 'build', '.svelte-kit', 'generated']);
const IS_TEST = /\.(test|e2e|contract)\.ts$/;

const defined = new Map();
for (const [index, line] of readFileSync(join(ROOT, SPEC), 'utf8').split('\n').entries()) {
  const id = /^\s*-\s+\*\*([A-Z]{2}\d+)\*\*/.exec(line)?.[1];
  if (id === undefined) continue;
  if (defined.has(id)) fail(`${SPEC}:${index + 1}: ${id} is defined twice`);
  defined.set(id, index + 1);
}
if (defined.size === 0) fail(`${SPEC}: no rules found`);

const prefixes = [...new Set([...defined.keys()].map((id) => id.slice(0, 2)))];
const cited = new Map();
for (const file of WORKSPACES.flatMap((folder) => testFiles(join(ROOT, folder)))) {
  for (const { name, line } of testNames(readFileSync(file, 'utf8'))) {
    for (const [id] of name.matchAll(new RegExp(`\\b(?:${prefixes.join('|')})\\d+\\b`, 'g'))) {
      cited.set(id, [...(cited.get(id) ?? []), `${relative(ROOT, file)}:${line}`]);
    }
  }
}

for (const [id, line] of defined) if (!cited.has(id)) fail(`${SPEC}:${line}: no test cites ${id}`);
for (const [id, places] of cited)
  if (!defined.has(id)) fail(`${places[0]}: cites ${id}, which ${SPEC} does not define`);
if (!process.exitCode) console.log(`${defined.size} rules, all cited by tests`);

function fail(message) {
  console.error(message);
  process.exitCode = 1;
}

function testFiles(folder) {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED_FOLDERS.has(entry.name) ? [] : testFiles(path);
    return IS_TEST.test(entry.name) ? [path] : [];
  });
}

/** First string argument of `describe`, `it` and `test`, also after `.each(…)`. */
function testNames(text) {
  const call = /\b(?:describe|it|test)(?:\.\w+)*(?:\((?:[^()]|\([^()]*\))*\))?\(\s*(['"`])((?:\\.|(?!\1)[\s\S])*)\1/g;
  return [...text.matchAll(call)].map((match) => ({
    name: match[2],
    line: text.slice(0, match.index).split('\n').length,
  }));
}

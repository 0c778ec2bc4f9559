import { existsSync, readdirSync } from 'node:fs';
import { inRoot } from '../setup/paths.mjs';
import { countPlaywright, countVitest } from './counts.mjs';

/**
 * @typedef {object} Stage
 * @property {string} name For `--only`.
 * @property {readonly string[]} command What the project's Node runs, relative to the clone.
 * @property {string} [cwd] The clone's root, unless said otherwise.
 * @property {number} timeoutMs
 * @property {{ file: string, count: (report: unknown, endedWell: boolean) => import('./counts.mjs').Counts }} [report]
 *   Tests report how many there were; anything else counts as one.
 * @property {NodeJS.ProcessEnv} [env]
 */

const MINUTE_MS = 60_000;
/** Several times what the slowest takes on a quiet machine: a busy one must not look like a hang. */
const STATIC_TIMEOUT_MS = 10 * MINUTE_MS;
const TEST_TIMEOUT_MS = 25 * MINUTE_MS;

/** @param {string} name @param {...string} command @returns {Stage} */
const check = (name, ...command) => ({ name, command, timeoutMs: STATIC_TIMEOUT_MS });

/** @param {string} path */
const exists = (path) => existsSync(inRoot(path));

/** Folders with a compiler configuration of their own; the studio's compiler is svelte-check. */
const typedFolders = () =>
  readdirSync(inRoot(), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'studio' && exists(`${entry.name}/tsconfig.json`))
    .map(({ name }) => name);

/** @param {...string} paths */
const present = (...paths) => paths.filter(exists);

/** @param {string} project @param {...string} options @returns {Stage} */
const vitest = (project, ...options) => {
  const file = inRoot('test-results', `${project}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  return {
    name: project,
    command: [inRoot('node_modules', 'vitest', 'vitest.mjs'), 'run', '--project', project, ...options, ...reporters],
    timeoutMs: TEST_TIMEOUT_MS,
    report: { file, count: countVitest },
  };
};

/** @returns {Stage} */
const studioUnit = () => ({ ...vitest('studio', '--testTimeout=30000'), cwd: inRoot('studio') });

/** @returns {Stage} */
const browser = () => {
  const file = inRoot('test-results', 'e2e.json');
  return {
    name: 'e2e',
    command: ['node_modules/@playwright/test/cli.js', 'test', '-c', 'e2e/playwright.config.ts', '--reporter=list,json'],
    timeoutMs: TEST_TIMEOUT_MS,
    env: { PLAYWRIGHT_JSON_OUTPUT_NAME: file },
    report: { file, count: countPlaywright },
  };
};

/** @returns {Stage[]} */
const styleChecks = () => [
  check('lint', 'node_modules/eslint/bin/eslint.js', '--max-warnings=0', '.'),
  check('format', 'node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'),
  check(
    'imports',
    'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
    ...['--config', '.dependency-cruiser.cjs'],
    ...present('shared/src', 'prisma', 'sfu', 'receiver', 'studio/src', 'scripts', 'docker', 'e2e', 'bench'),
  ),
  ...(exists('scripts/check-rules.mjs') ? [check('rules', 'scripts/check-rules.mjs')] : []),
];

/** @returns {Stage[]} */
const typeChecks = () => [
  ...typedFolders().map((folder) =>
    check(`types-${folder}`, 'node_modules/typescript/bin/tsc', '-p', folder, '--pretty', 'false'),
  ),
  check('types-studio', 'scripts/checks/check-studio.mjs'),
];

/**
 * @typedef {object} Lane
 * @property {number} niceness 0 to 19: how readily it leaves the processor to the others.
 * @property {Stage[]} stages One after the other.
 */

/**
 * Phases follow each other; the lanes of a phase run side by side. Whatever plays sound has deadlines, and runs alone.
 * @returns {Lane[][]}
 */
export const phases = () => [
  [
    { niceness: 0, stages: [vitest('data'), vitest('duo')] },
    {
      // Only what the others leave: Sentinels of the tests lose their sense of time, and receivers frames, where they wait for a processor.
      niceness: 19,
      stages: [vitest('unit'), studioUnit(), vitest('fuzz'), ...styleChecks(), ...typeChecks()],
    },
  ],
  [
    {
      niceness: 0,
      stages: [vitest('int'), ...(exists('e2e/playwright.config.ts') ? [browser()] : [])],
    },
  ],
];

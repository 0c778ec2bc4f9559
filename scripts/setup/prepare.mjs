import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import { canDownloadWorker, provideWorker } from '../worker/provide-worker.mjs';
import { findWorker } from '../worker/find-worker.mjs';
import { hashContents } from './content-hash.mjs';
import { areInstalled, findNode, installLibraries } from './npm-packages.mjs';
import { ROOT, inRoot } from './paths.mjs';
import { runCommand } from './run-command.mjs';
import { runSteps } from './run-steps.mjs';
import { isStamped, writeStamp } from './stamp.mjs';
import { findBrowser, installPackages, missingPackages } from './system-packages.mjs';
import { withSystemFolders } from './system-path.mjs';

const CLIENT_STAMP = 'prisma-client';
const STUDIO_STAMP = 'studio-build';

const clientInputs = () => hashContents(ROOT, ['prisma/schema.prisma', 'prisma/prisma.config.ts']);

/** Made by the build itself, or without effect on it. @param {string} name */
const isNotInput = (name) =>
  ['node_modules', 'build', 'generated', '.svelte-kit', 'test'].includes(name) || /\.test\.[tj]s$/.test(name);

const studioInputs = () => hashContents(ROOT, ['studio', 'shared/src', 'package-lock.json'], { ignore: isNotInput });

/** Programs of the project come before those of the system; what Node has compiled once it need not compile again. */
const projectEnvironment = () => ({
  NODE_COMPILE_CACHE: inRoot('node_modules', '.cache', 'node-compile'),
  ...process.env,
  PATH: `${inRoot('node_modules', '.bin')}${delimiter}${withSystemFolders(process.env.PATH)}`,
});

/** @typedef {{ forTest: boolean, forCluster?: boolean, forPeers?: boolean }} Purpose What is to be done next. */

/** @param {Purpose} purpose @returns {import('./run-steps.mjs').Step} */
const systemPackages = ({ forTest, forCluster = false, forPeers = false }) => {
  /** @type {string[]} */
  let missing = [];
  return {
    name: 'Gói của hệ thống · system packages',
    isDone: async () => {
      const forBuild = process.platform === 'linux' && findWorker() === null && !(await canDownloadWorker());
      missing = missingPackages({ forTest, forCluster, forBuild, forPeers });
      return missing.length === 0;
    },
    run: (say) => installPackages(missing, say),
  };
};

/** @type {import('./run-steps.mjs').Step} */
const libraries = {
  name: 'Thư viện và Node 24 · libraries and Node 24',
  isDone: areInstalled,
  run: async (say) => {
    await installLibraries(say);
    findNode();
  },
};

/** @type {import('./run-steps.mjs').Step} */
const mediaWorker = {
  name: 'Bộ xử lý âm thanh · media worker (mediasoup)',
  isDone: () => findWorker() !== null,
  run: provideWorker,
};

/** @type {import('./run-steps.mjs').Step} */
const databaseClient = {
  name: 'Trình kết nối dữ liệu · database client (Prisma)',
  isDone: () => existsSync(inRoot('prisma', 'generated', 'client.ts')) && isStamped(CLIENT_STAMP, clientInputs()),
  run: async () => {
    await runCommand(findNode(), [inRoot('scripts', 'setup', 'generate-client.ts')], {
      cwd: ROOT,
      env: projectEnvironment(),
      advice: 'Check prisma/schema.prisma, then run the same command again.',
    });
    writeStamp(CLIENT_STAMP, clientInputs());
  },
};

/** @type {import('./run-steps.mjs').Step} */
const studioBuild = {
  name: 'Trang điều khiển · studio pages',
  isDone: () => existsSync(inRoot('studio', 'build', 'index.js')) && isStamped(STUDIO_STAMP, studioInputs()),
  run: async () => {
    const inputs = studioInputs();
    await runCommand('npm', ['run', 'build', '-w', '@loa/studio', '--loglevel=error'], {
      cwd: ROOT,
      env: projectEnvironment(),
      advice:
        'Look for the first error above: it names a file of studio/. Correct it, then run the same command again.',
    });
    writeStamp(STUDIO_STAMP, inputs);
  },
};

/**
 * Sets up whatever is missing. Afterwards the programs can run, or it has been said what stands in the way.
 * @param {Purpose} purpose
 * @returns {Promise<{ node: string, env: NodeJS.ProcessEnv } | null>}
 */
export const prepare = async (purpose) => {
  const steps = [systemPackages(purpose), libraries, mediaWorker, databaseClient, studioBuild];
  if (!(await runSteps(steps))) return null;
  const env = { ...projectEnvironment(), MEDIASOUP_WORKER_BIN: findWorker() ?? '' };
  const browser = findBrowser();
  return { node: findNode(), env: { ...env, ...(browser === null ? {} : { CHROMIUM_BIN: browser }) } };
};

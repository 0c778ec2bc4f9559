import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { PACKAGED_NODE, inRoot } from './paths.mjs';
import { isReachable } from './reachable.mjs';
import { runCommand } from './run-command.mjs';
import { StepError } from './step-error.mjs';

/** Where Prisma's own schema engine comes from; without it the project's stand-in is used. */
const PRISMA_DOWNLOADS = 'https://binaries.prisma.sh';

const MIN_NODE_MAJOR = 24;

/** Prisma's install script refuses older ones. */
const canRunInstallScripts = () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 20 || (major === 20 && minor >= 19);
};

/** @typedef {{ version?: string, optional?: boolean, link?: boolean, extraneous?: boolean }} LockedPackage */

/** @param {string} path @returns {Record<string, LockedPackage>} */
const readLock = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;

/**
 * npm writes down what it installed, at the very end. So comparing that with the lock file finds an interrupted
 * installation, a changed version and a missing package alike.
 */
export const areInstalled = () => {
  const installedPath = inRoot('node_modules', '.package-lock.json');
  if (!existsSync(installedPath)) return false;
  const installed = readLock(installedPath);
  const wanted = Object.entries(readLock(inRoot('package-lock.json'))).filter(
    ([path, { link, extraneous }]) => path.includes('node_modules/') && !link && !extraneous,
  );
  return wanted.every(([path, { version, optional }]) => {
    const found = installed[path];
    // A package for another system is optional and rightly missing.
    return found === undefined ? optional === true : found.version === version;
  });
};

/** @param {(line: string) => void} say */
export const installLibraries = async (say) => {
  const prismaOnline = await isReachable(PRISMA_DOWNLOADS);
  const env = {
    ...process.env,
    // Any program stops mediasoup's own attempt here; the worker has a step to itself.
    MEDIASOUP_WORKER_BIN: process.execPath,
    PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1',
    ...(prismaOnline ? {} : { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath }),
  };
  /** @param {readonly string[]} parameters @param {NodeJS.ProcessEnv} environment */
  const npm = (parameters, environment) =>
    runCommand('npm', [...parameters, '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: inRoot(),
      env: environment,
      onLine: (line) => {
        if (line.trim() !== '') say(line);
      },
      advice: 'Check that the npm registry can be reached (npm ping), then run the same command again.',
    });
  say('npm ci (lần đầu mất vài phút · a few minutes the first time)');
  if (canRunInstallScripts()) return npm(['ci'], env);
  // The packages' own install scripts want a newer Node than this one: the one that has just come with them.
  await npm(['ci', '--ignore-scripts'], env);
  return npm(['rebuild'], { ...env, PATH: `${dirname(findNode())}${delimiter}${process.env.PATH ?? ''}` });
};

/** @returns {string} Path of a Node that can run the programs. */
export const findNode = () => {
  if (existsSync(PACKAGED_NODE)) return PACKAGED_NODE;
  if (Number(process.versions.node.split('.')[0]) >= MIN_NODE_MAJOR) return process.execPath;
  throw new StepError(
    `no Node ${MIN_NODE_MAJOR} for ${process.platform}-${process.arch} comes with the project, and this is ${process.version}`,
    `Install Node ${MIN_NODE_MAJOR} or later, then run the same command again.`,
  );
};

import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findNode } from '../setup/npm-packages.mjs';
import { inRoot } from '../setup/paths.mjs';
import { isReachable } from '../setup/reachable.mjs';
import { runCommand } from '../setup/run-command.mjs';
import { StepError } from '../setup/step-error.mjs';
import { installPackages, missingPackages } from '../setup/system-packages.mjs';
import { buildWorker } from './build-worker.mjs';
import { exclusively } from './exclusive.mjs';
import { builtWorker, findWorker, officialWorker, runsHere } from './find-worker.mjs';

/** The host of the official binaries, or the mirror that mediasoup's own setting names. */
const downloadBase = () => process.env.MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL || 'https://github.com';

const DOWNLOAD_TIMEOUT_MS = 120_000;

/** Whether the official binary can be had, as far as a short look can tell. */
export const canDownloadWorker = () => isReachable(downloadBase());

/** @param {(line: string) => void} say @returns {Promise<boolean>} */
const download = async (say) => {
  say('tải bản chính thức · downloading the official binary');
  /** @type {NodeJS.ProcessEnv} */
  const env = {
    ...process.env,
    PATH: `${dirname(findNode())}:${process.env.PATH ?? ''}`,
    // mediasoup would go on to compile with tools from the internet; this makes it give up instead.
    PYTHON: 'false',
  };
  delete env.MEDIASOUP_WORKER_BIN;
  try {
    await runCommand(findNode(), ['npm-scripts.mjs', 'postinstall'], {
      cwd: inRoot('node_modules', 'mediasoup'),
      env,
      timeoutMs: DOWNLOAD_TIMEOUT_MS,
      advice: '',
    });
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
  }
  return runsHere(officialWorker());
};

/** @param {(line: string) => void} say */
const build = async (say) => {
  if (process.platform !== 'linux') {
    throw new StepError(
      'the official media worker could not be downloaded, and it can be built on Linux only',
      'Check the internet connection, then run the same command again; or set MEDIASOUP_WORKER_BIN to a worker.',
    );
  }
  const packages = missingPackages({ forTest: false, forCluster: false, forBuild: true });
  if (packages.length > 0) await installPackages(packages, say);
  const { key, folder, path } = builtWorker();
  const waiting = () => say('một tiến trình khác đang biên dịch · another process is building it; waiting');
  await exclusively(`loa-mediasoup-worker-${key}`, waiting, async () => {
    if (runsHere(path)) return;
    say('biên dịch từ mã nguồn, 3 đến 10 phút · building from source, 3 to 10 minutes');
    const workDir = `${folder}.build`;
    const unfinished = join(workDir, 'finished-worker');
    await buildWorker({ packageDir: inRoot('node_modules', 'mediasoup'), workDir, outFile: unfinished, say });
    if (!runsHere(unfinished)) {
      rmSync(workDir, { recursive: true, force: true });
      throw new StepError(
        'the media worker was built but does not run',
        'Run the same command again to build it afresh.',
      );
    }
    mkdirSync(folder, { recursive: true });
    renameSync(unfinished, path);
    rmSync(workDir, { recursive: true, force: true });
  });
};

/**
 * Makes sure that there is a worker that runs: the official binary where it downloads, else one built from source.
 * @param {(line: string) => void} say
 */
export const provideWorker = async (say) => {
  if (findWorker() !== null) return;
  if ((await canDownloadWorker()) && (await download(say))) return;
  await build(say);
};

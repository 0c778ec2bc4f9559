// Builds mediasoup-worker from the source inside the npm package against the system's libraries, for networks where
// the official binary cannot be downloaded. Tried with mediasoup 3.27 on Debian 12.
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { folderOf } from '../setup/paths.mjs';
import { runCommand } from '../setup/run-command.mjs';
import { StepError } from '../setup/step-error.mjs';
import { throttle } from '../setup/throttle.mjs';
import { fetchDebianSource } from './debian-source.mjs';

const RECIPE_DIR = join(folderOf(import.meta.url), 'recipe');

/** One compiler process takes up to this much. */
const BYTES_PER_JOB = 1_000_000_000;

const ADVICE =
  'Run the same command again; it goes on where it stopped. If it fails again, keep these lines for a report.';

/**
 * What makes one built worker different from another; its folder is part of the cache's key.
 * `additions`: folders of the recipe that are put beside upstream's source. `standIns`: upstream's wraps that a folder of the recipe
 * replaces. `patches`: changes to upstream's source, each of
 * which must fit exactly once, or the source is not the one that this was written for. `debianSources`: packages that
 * are built along from Debian's source instead of linked as Debian built them, where that source can be had.
 * @type {{
 *   mesonOptions: string[],
 *   additions: string[],
 *   standIns: string[],
 *   patches: { why: string, file: string, from: string, to: string }[],
 *   debianSources: { why: string, sourcePackage: string, installedAs: string }[],
 * }}
 */
const RECIPE = JSON.parse(readFileSync(join(RECIPE_DIR, 'recipe.json'), 'utf8'));

/** @param {string} source @param {typeof RECIPE.patches[number]} patch */
const applyPatch = (source, { file, why, from, to }) => {
  const path = join(source, file);
  const before = readFileSync(path, 'utf8');
  const pattern = new RegExp(from, 'g');
  const count = [...before.matchAll(pattern)].length;
  if (count !== 1) {
    throw new StepError(
      `the change "${why}" fits ${count} places of ${file} instead of 1`,
      'This version of mediasoup needs a new recipe in scripts/worker; use the version in package-lock.json.',
    );
  }
  writeFileSync(path, before.replace(pattern, to));
};

/** @param {string} source @param {string} name */
const placeStandIn = (source, name) => {
  const wrap = readFileSync(join(source, 'subprojects', `${name}.wrap`), 'utf8');
  const directory = /^directory\s*=\s*(\S+)$/m.exec(wrap)?.[1];
  if (directory === undefined) throw new StepError(`${name}.wrap names no directory`, ADVICE);
  // meson takes a folder that is already there instead of downloading.
  const target = join(source, 'subprojects', directory);
  cpSync(join(RECIPE_DIR, name), target, { recursive: true });
  const symbol = `${name.replaceAll('-', '_')}_stand_in`;
  writeFileSync(join(target, 'stand-in.c'), `int ${symbol}(void)\n{\n\treturn 0;\n}\n`);
};

/** @param {string} packageDir @param {string} source @param {(line: string) => void} say */
const prepareSource = async (packageDir, source, say) => {
  const unfinished = `${source}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  cpSync(join(packageDir, 'worker'), unfinished, { recursive: true, preserveTimestamps: true });
  for (const patch of RECIPE.patches) applyPatch(unfinished, patch);
  for (const name of RECIPE.additions) cpSync(join(RECIPE_DIR, name), join(unfinished, name), { recursive: true });
  for (const name of RECIPE.standIns) placeStandIn(unfinished, name);
  for (const { why, sourcePackage, installedAs } of RECIPE.debianSources) {
    const target = join(unfinished, 'subprojects', sourcePackage);
    if (await fetchDebianSource({ sourcePackage, installedAs, workDir: `${source}.fetched`, target })) continue;
    say(
      `không có mã nguồn ${sourcePackage}, dùng bản có sẵn · no source of ${sourcePackage}, linking the built one: ${why}`,
    );
  }
  renameSync(unfinished, source);
};

/** @param {(line: string) => void} say @returns {(line: string) => void} Shows ninja's "[n/m]" now and then. */
const progress = (say) => {
  const sayNowAndThen = throttle(say);
  return (line) => {
    const step = /^\[(\d+)\/(\d+)\]/.exec(line);
    if (step !== null) sayNowAndThen(`${step[0]} biên dịch · compiling`, step[1] === step[2]);
  };
};

/**
 * Builds in `workDir`, which keeps what is compiled: after an interruption the next call goes on from there.
 * @param {{ packageDir: string, workDir: string, outFile: string, say: (line: string) => void }} parts
 */
export const buildWorker = async ({ packageDir, workDir, outFile, say }) => {
  mkdirSync(workDir, { recursive: true });
  const source = join(workDir, 'source');
  const build = join(workDir, 'build');
  if (!existsSync(source)) await prepareSource(packageDir, source, say);
  if (!existsSync(join(build, 'build.ninja'))) {
    rmSync(build, { recursive: true, force: true });
    await runCommand('meson', ['setup', build, source, ...RECIPE.mesonOptions], { advice: ADVICE });
  }
  const jobs = Math.max(1, Math.min(availableParallelism(), Math.floor(totalmem() / BYTES_PER_JOB)));
  const parameters = ['-C', build, '-j', String(jobs), 'mediasoup-worker'];
  await runCommand('ninja', parameters, { advice: ADVICE, onLine: progress(say) });
  copyFileSync(join(build, 'mediasoup-worker'), outFile);
  await runCommand('strip', [outFile], { advice: ADVICE });
};

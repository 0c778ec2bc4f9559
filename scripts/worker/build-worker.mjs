// Builds mediasoup-worker from the source inside the npm package against the system's libraries, for networks where
// the official binary cannot be downloaded. Tried with mediasoup 3.27 on Debian 12.
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../setup/run-command.mjs';
import { StepError } from '../setup/step-error.mjs';

const RECIPE_DIR = join(import.meta.dirname, 'recipe');

/** One compiler process takes up to this much. */
const BYTES_PER_JOB = 1_000_000_000;
const PROGRESS_INTERVAL_MS = 5_000;

const ADVICE =
  'Run the same command again; it goes on where it stopped. If it fails again, keep these lines for a report.';

/** Upstream's wraps that are replaced by stand-ins; `recipe/` has a folder for each. */
const STAND_INS = ['libuv', 'openssl', 'libsrtp3', 'flatbuffers', 'unordered-dense'];

/** Changes to upstream's source. Each must apply exactly once, or the source is not the one this was written for. */
const PATCHES = [
  {
    file: 'meson.build',
    why: 'Debian 12 has meson 1.0.1, which is enough',
    from: /meson_version: '>= [0-9.]+'/g,
    to: "meson_version: '>= 1.0.0'",
  },
  {
    file: 'src/RTC/DtlsTransport.cpp',
    // With equality every BIO_ctrl is answered with 1. An OpenSSL with kernel TLS then believes that the BIO does TLS
    // itself, allocates no write buffer and crashes at the first handshake.
    why: 'the return flag comes together with the operation, so it is tested as a bit',
    from: /\(operationType == BIO_CB_RETURN\)/g,
    to: '((operationType & BIO_CB_RETURN) != 0)',
  },
];

/** @param {string} source @param {typeof PATCHES[number]} patch */
const applyPatch = (source, { file, why, from, to }) => {
  const path = join(source, file);
  const before = readFileSync(path, 'utf8');
  const count = [...before.matchAll(from)].length;
  if (count !== 1) {
    throw new StepError(
      `the change "${why}" fits ${count} places of ${file} instead of 1`,
      'This version of mediasoup needs a new recipe in scripts/worker; use the version in package-lock.json.',
    );
  }
  writeFileSync(path, before.replace(from, to));
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

/** @param {string} packageDir @param {string} source */
const prepareSource = (packageDir, source) => {
  const unfinished = `${source}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  cpSync(join(packageDir, 'worker'), unfinished, { recursive: true, preserveTimestamps: true });
  for (const patch of PATCHES) applyPatch(unfinished, patch);
  for (const name of STAND_INS) placeStandIn(unfinished, name);
  renameSync(unfinished, source);
};

/** @param {(line: string) => void} say @returns {(line: string) => void} Shows ninja's "[n/m]" now and then. */
const progress = (say) => {
  let shownAt = -Infinity;
  return (line) => {
    const step = /^\[(\d+)\/(\d+)\]/.exec(line);
    if (step === null) return;
    const isLast = step[1] === step[2];
    if (!isLast && performance.now() - shownAt < PROGRESS_INTERVAL_MS) return;
    shownAt = performance.now();
    say(`${step[0]} ${line.includes(' Linking ') || isLast ? 'liên kết · linking' : 'biên dịch · compiling'}`);
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
  if (!existsSync(source)) prepareSource(packageDir, source);
  if (!existsSync(join(build, 'build.ninja'))) {
    rmSync(build, { recursive: true, force: true });
    const options = ['--wrap-mode=nodownload', '--buildtype=release', '-Db_ndebug=true', '-Dms_use_builtin_bwe=true'];
    await runCommand('meson', ['setup', build, source, ...options], { advice: ADVICE });
  }
  const jobs = Math.max(1, Math.min(availableParallelism(), Math.floor(totalmem() / BYTES_PER_JOB)));
  const parameters = ['-C', build, '-j', String(jobs), 'mediasoup-worker'];
  await runCommand('ninja', parameters, { advice: ADVICE, onLine: progress(say) });
  copyFileSync(join(build, 'mediasoup-worker'), outFile);
  await runCommand('strip', [outFile], { advice: ADVICE });
};

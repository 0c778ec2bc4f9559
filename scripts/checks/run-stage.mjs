import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from '../setup/paths.mjs';
import { countStage } from './counts.mjs';

const SECOND_MS = 1_000;

/** @param {string} file @returns {unknown} */
const readReport = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
};

/**
 * Whatever a process started that still runs, also in groups of its own as databases and workers of tests have.
 * @param {number} pid
 * @returns {number[]} Children before their children.
 */
const descendantsOf = (pid) => {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
    return children.flatMap((child) => [child, ...descendantsOf(child)]);
  } catch {
    // It has just ended, or this system does not tell.
    return [];
  }
};

/** Linux lets those who are not all-powerful set a session's niceness ten times a second, all of them together. */
const GIVE_WAY_TRIES = 20;
const GIVE_WAY_PAUSE_MS = 110;

/**
 * How readily a process, and whatever it starts, leaves the processor to others, as far as the system lets us. Linux weighs
 * sessions before processes (autogroup, see sched(7)), so one that leads a session is told twice.
 * @param {number} pid It leads a session of its own.
 * @param {number} niceness 1 to 19.
 */
const giveWay = async (pid, niceness) => {
  const session = `/proc/${pid}/autogroup`;
  try {
    setPriority(pid, niceness);
    for (let tries = 1; existsSync(session); tries++) {
      try {
        return writeFileSync(session, String(niceness));
      } catch (error) {
        if (tries === GIVE_WAY_TRIES) throw error;
        await sleep(GIVE_WAY_PAUSE_MS);
      }
    }
  } catch (error) {
    process.stderr.write(`${pid} runs beside the others at their priority: ${String(error)}\n`);
  }
};

/**
 * Runs one stage to its end and shows its output: as it comes, or in one piece when others run beside it.
 * @param {import('./stages.mjs').Stage} stage
 * @param {{ node: string, env: NodeJS.ProcessEnv, niceness: number, together: boolean, extra?: readonly string[] }} options
 * @returns {Promise<import('./counts.mjs').Counts>}
 */
export const runStage = async (
  { name, command, cwd = ROOT, timeoutMs, report, env: own },
  { node, env, niceness, together, extra = [] },
) => {
  const startedAt = performance.now();
  if (report !== undefined) rmSync(report.file, { force: true });
  if (!together) process.stdout.write(`\n━━ ${name}\n`);
  const child = spawn(node, [...command, ...extra], {
    cwd,
    env: { ...env, ...own, ...(together ? {} : { FORCE_COLOR: env.FORCE_COLOR }) },
    stdio: together ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    // Its own process group, so that whatever it started can be ended with it.
    detached: true,
  });
  if (child.pid !== undefined && niceness > 0) void giveWay(child.pid, niceness);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      output += text;
    });
  }
  const endGroup = () => {
    for (const pid of child.pid === undefined ? [] : [-child.pid, ...descendantsOf(child.pid)])
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It is gone, which is what we want.
      }
  };
  process.once('exit', endGroup);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    endGroup();
  }, timeoutMs);
  const code = await new Promise((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
  clearTimeout(timer);
  endGroup();
  process.removeListener('exit', endGroup);

  const endedWell = code === 0;
  const counts = report === undefined ? countStage(endedWell) : report.count(readReport(report.file), endedWell);
  const seconds = ((performance.now() - startedAt) / SECOND_MS).toFixed(1);
  const verdict = timedOut ? 'given up: too slow' : counts.failed === 0 ? 'ok' : 'FAILED';
  if (together) process.stdout.write(`\n━━ ${name}\n${output}`);
  process.stdout.write(`━━ ${name}: ${verdict} (${seconds} s)\n`);
  return counts;
};

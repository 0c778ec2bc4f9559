import { spawn, spawnSync } from 'node:child_process';
import { StepError } from './step-error.mjs';

const TAIL_LINES = 25;

/**
 * Runs a program to its end. Its output goes to `onLine` line by line; the last lines are part of the error.
 * @param {string} command
 * @param {readonly string[]} parameters
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number, onLine?: (line: string) => void, advice: string }} options
 * @returns {Promise<void>}
 */
export const runCommand = async (command, parameters, { cwd, env = process.env, timeoutMs, onLine, advice }) => {
  const child = spawn(command, parameters, { cwd, env, timeout: timeoutMs, stdio: ['ignore', 'pipe', 'pipe'] });
  /** @type {string[]} */
  const tail = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      const lines = `${rest}${text}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        tail.push(line);
        if (tail.length > TAIL_LINES) tail.shift();
        onLine?.(line);
      }
    });
  }
  const outcome = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code ?? `ended by ${signal}`));
  });
  if (outcome === 0) return;
  const words = typeof outcome === 'number' ? `exit code ${outcome}` : outcome;
  throw new StepError(`${[command, ...parameters].join(' ')}: ${words}\n${tail.join('\n')}`.trimEnd(), advice);
};

/**
 * Whether a program can be found on the path.
 * @param {string} command
 */
export const hasCommand = (command) => findCommand(command) !== null;

/**
 * @param {string} command
 * @returns {string | null} Its full path.
 */
export const findCommand = (command) => {
  const { status, stdout } = spawnSync('sh', ['-c', 'command -v -- "$1"', 'sh', command], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
};

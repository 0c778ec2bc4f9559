import { spawn } from 'node:child_process';
import { ProblemError } from '../problem-error.ts';

/** What a tool may write to one of its outputs before the beginning is cut. */
const MAX_TOOL_OUTPUT_BYTES = 1_000_000;

export interface ToolResult {
  readonly stdout: string;
  readonly stderr: string;
}

export interface ToolOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly onOutput?: (text: string) => void;
}

/** What `nice` ends with when it has not run the tool: it failed itself, or the tool cannot be run, or is not there. */
const NOT_RUN = new Set([125, 126, 127]);
/** Not always with an exit code: what is still in a buffer at the end may be lost without one. */
const DISK_FULL = /: No space left on device$/m;

/** A file that this server cannot work on; whether it is a good one is not known, and its sender can do nothing about it. */
export const cannotWork = (cause: unknown) =>
  new ProblemError('internal', 'file: this server could not work on it; the reason is in its log', { cause });

const hasNoRoom = (cause: unknown) =>
  new ProblemError('unavailable', 'file: the disk of this server is full; make room and send it again', {
    field: 'file',
    cause,
  });

/**
 * Runs a tool to its end, below everything else on the machine. Rejects with the tool's last words when it says that it has
 * failed, and with a problem when that is no verdict on the file: it did not run or was ended (`internal`), or the disk is full
 * (`unavailable`).
 */
export function runTool(command: string, args: readonly string[], options: ToolOptions): Promise<ToolResult> {
  const { timeoutMs, signal, onOutput } = options;
  return new Promise((resolve, reject) => {
    const child = spawn('nice', ['-n', '10', command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      ...(signal ? { signal } : {}),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      onOutput?.(text);
      stdout = (stdout + text).slice(-MAX_TOOL_OUTPUT_BYTES);
    });
    child.stderr
      .setEncoding('utf8')
      .on('data', (text: string) => (stderr = (stderr + text).slice(-MAX_TOOL_OUTPUT_BYTES)));
    child.on('error', (error) => reject(cannotWork(error)));
    child.on('close', (code, ending) => {
      const isDiskFull = DISK_FULL.test(stderr);
      if (code === 0 && !isDiskFull) return resolve({ stdout, stderr });
      const error = new Error(`${command} ended with ${ending ?? code}: ${stderr.trim().split('\n').at(-1) ?? ''}`);
      if (isDiskFull) reject(hasNoRoom(error));
      else reject(code === null || NOT_RUN.has(code) ? cannotWork(error) : error);
    });
  });
}

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { killGroup } from '../../sfu/src/guard/kill-group.ts';
import { STEADY_AFTER_MS, restartDelayMs } from './backoff.ts';
import { isNoteworthy, openLogFile, toHumanLine } from './log-file.ts';
import type { Program } from './programs.ts';

export interface SupervisedProgram {
  readonly name: string;
  /** How often it has ended without having been asked to. */
  readonly unexpectedEnds: () => number;
  /** Asks it to end, and ends it after its time limit. Afterwards it is not started again. */
  stop(): Promise<void>;
  /** Ends it and everything that it started, now. */
  kill(): void;
}

export interface SupervisorParts {
  readonly root: string;
  readonly logFile: string;
  readonly report: (line: string) => void;
}

/** A stack trace belongs in the log file; its first lines are enough at the terminal. */
const MAX_SHOWN_RAW_LINES = 6;

/** Starts a program in its own process group and starts it again, more and more slowly, whenever it ends by itself. */
export const superviseProgram = (program: Program, { root, logFile, report }: SupervisorParts): SupervisedProgram => {
  const { name, command = process.execPath, args, env, stopTimeoutMs } = program;
  const log = openLogFile(logFile);
  let child: ChildProcess | null = null;
  let exited: Promise<void> = Promise.resolve();
  let restart: NodeJS.Timeout | undefined;
  let ends = 0;
  let totalEnds = 0;
  let stopping = false;

  const start = (): void => {
    const startedAt = performance.now();
    const started = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    const watching = program.watch?.(started.pid ?? 0, () => {
      if (stopping || child !== started) return;
      report(`${name} bị treo, buộc dừng · hangs, killed (${logFile})`);
      killGroup(started, 'SIGKILL');
    });
    let rawLines = 0;
    createInterface({ input: started.stdout }).on('line', (line) => {
      log.write(line);
      if (line.startsWith('{') && isNoteworthy(line)) report(`${name}: ${toHumanLine(line)}`);
    });
    createInterface({ input: started.stderr }).on('line', (line) => {
      log.write(line);
      if (!line.startsWith('{')) rawLines += 1;
      if (isNoteworthy(line) && rawLines <= MAX_SHOWN_RAW_LINES) report(`${name}: ${toHumanLine(line)}`);
    });
    exited = new Promise((resolve) => {
      const onEnd = (how: string): void => {
        if (child !== started) return;
        child = null;
        watching?.stop();
        // What it started must not outlive it: the next one needs the same ports.
        killGroup(started, 'SIGKILL');
        resolve();
        if (stopping) return;
        ends = performance.now() - startedAt > STEADY_AFTER_MS ? 1 : ends + 1;
        totalEnds += 1;
        const waitMs = restartDelayMs(ends);
        report(`${name} đã dừng (${how}), chạy lại sau ${String(waitMs)} ms · ended, starting again (${logFile})`);
        restart = setTimeout(start, waitMs);
      };
      started.once('error', (error) => onEnd(error.message));
      started.once('exit', (code, signal) => onEnd(signal ?? `exit code ${String(code)}`));
    });
  };

  start();
  return {
    name,
    unexpectedEnds: () => totalEnds,
    stop: async () => {
      stopping = true;
      clearTimeout(restart);
      if (child !== null) {
        child.kill('SIGTERM');
        const inTime = await Promise.race([exited.then(() => true), delay(stopTimeoutMs, false, { ref: false })]);
        if (!inTime && child !== null) {
          report(`${name} không dừng kịp, buộc dừng · did not end in ${String(stopTimeoutMs)} ms, killed`);
          killGroup(child, 'SIGKILL');
          await exited;
        }
      }
      log.close();
    },
    kill: () => {
      stopping = true;
      clearTimeout(restart);
      if (child !== null) killGroup(child, 'SIGKILL');
    },
  };
};

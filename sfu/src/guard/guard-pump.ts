import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { killGroup } from './kill-group.ts';
import { watchPumpLink } from './pump-link-watch.ts';

export interface GuardPumpOptions {
  readonly linkPath: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly log: Logger;
  /** It has answered, which it is asked to four times a second. */
  onAnswer(): void;
}

/** A pump that runs, or ran, under the eyes of this process. */
export interface GuardedPump {
  /** Settles when it and all that it had started have ended, with what this process should end with. */
  readonly ended: Promise<number>;
  /** Only the pump gets it: it ends its media workers itself, after what is on air has had its end. */
  signal(signal: NodeJS.Signals): void;
}

const PUMP = join(import.meta.dirname, '..', 'pump', 'main.ts');

/** LV5: runs the pump in a process group of its own, and kills it when it hangs. Whoever runs this process starts both again. */
export function guardPump({ linkPath, environment, log, onAnswer }: GuardPumpOptions): GuardedPump {
  const child = spawn(process.execPath, [PUMP], { env: environment, stdio: 'inherit', detached: true });
  const watch = watchPumpLink(linkPath, child.pid ?? 0, {
    onAnswer,
    onHung() {
      log.fatal({ pumpPid: child.pid }, 'the pump hangs and is killed; the supervisor starts it again');
      killGroup(child, 'SIGKILL');
    },
  });
  const ended = once(child, 'exit').then(
    ([code]) => {
      watch.stop();
      killGroup(child, 'SIGKILL');
      // After a signal there is no code.
      return (code as number | null) ?? 1;
    },
    (error: unknown) => {
      watch.stop();
      log.fatal({ err: error }, 'the pump cannot be started');
      return 1;
    },
  );
  return { ended, signal: (signal) => void child.kill(signal) };
}

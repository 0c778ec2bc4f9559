import { spawn } from 'node:child_process';
import type { Logger } from 'pino';

/** What systemd is told of this service (Type=notify); does nothing where it has not asked for it. */
export interface SystemdNotifier {
  /** It can do its work: the first call says so, and each feeds the watchdog, not more often than needed. */
  alive(): void;
}

/** Fed three times within the time that the watchdog gives. */
const FEEDS_PER_PERIOD = 3;

/** Node has no datagram sockets of the kind that systemd listens on: its own small program says it. */
export function createSystemdNotifier(environment: NodeJS.ProcessEnv, log: Logger): SystemdNotifier {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: period } = environment;
  if (!socket) return { alive: () => undefined };
  const feedEveryMs = period ? Number(period) / 1_000 / FEEDS_PER_PERIOD : Infinity;
  let fedAt = Number.NEGATIVE_INFINITY;
  /** One that does not end must not have others behind it. */
  let telling = false;
  const tell = (...words: string[]) => {
    telling = true;
    const child = spawn('systemd-notify', words, { env: environment, stdio: 'ignore' });
    const done = () => void (telling = false);
    child.once('error', (error) => {
      done();
      log.error({ err: error }, 'systemd-notify cannot be run: systemd takes this service for dead');
    });
    child.once('exit', done);
  };
  return {
    alive() {
      const now = performance.now();
      if (telling || now - fedAt < feedEveryMs) return;
      const isFirst = fedAt === Number.NEGATIVE_INFINITY;
      fedAt = now;
      tell(...(isFirst ? ['READY=1'] : []), 'WATCHDOG=1');
    },
  };
}

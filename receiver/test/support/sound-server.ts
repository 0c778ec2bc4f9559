import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export type SoundServerKind = 'pulseaudio' | 'pipewire';

interface SoundServerOptions {
  /** For its sockets, settings and logs. */
  readonly folder: string;
  readonly rateHz: number;
  /** What `load-module` takes, in PulseAudio's words. */
  readonly modules: readonly string[];
}

export interface SoundServer {
  /** What whoever plays or listens needs. */
  readonly environment: { readonly PULSE_SERVER: string } & Record<string, string>;
  close(): Promise<void>;
}

const READY_TRIES = 100;

/** A sound server of one's own, without any hardware. */
export function startSoundServer(kind: SoundServerKind, options: SoundServerOptions): Promise<SoundServer> {
  mkdirSync(join(options.folder, 'run'), { mode: 0o700 });
  return kind === 'pulseaudio' ? startPulseAudio(options) : startPipeWire(options);
}

async function startPulseAudio({ folder, rateHz, modules }: SoundServerOptions): Promise<SoundServer> {
  const script = [`module-native-protocol-unix socket=${join(folder, 'native')} auth-anonymous=1`, ...modules];
  writeFileSync(join(folder, 'room.pa'), script.map((line) => `load-module ${line}\n`).join(''));
  writeFileSync(
    join(folder, 'daemon.conf'),
    `default-sample-rate = ${rateHz}\nflat-volumes = no\nrealtime-scheduling = yes\nhigh-priority = yes\n`,
  );
  const environment = {
    XDG_RUNTIME_DIR: join(folder, 'run'),
    PULSE_RUNTIME_PATH: folder,
    PULSE_SERVER: `unix:${join(folder, 'native')}`,
  };
  const daemon = spawn(
    'pulseaudio',
    [
      '-n',
      '--daemonize=no',
      '--use-pid-file=no',
      '--exit-idle-time=-1',
      `--log-target=file:${join(folder, 'log')}`,
      `--file=${join(folder, 'room.pa')}`,
    ],
    {
      env: { ...process.env, ...environment, HOME: folder, PULSE_CONFIG: join(folder, 'daemon.conf') },
      stdio: 'ignore',
    },
  );
  await untilItAnswers(daemon, environment, () => readFileSync(join(folder, 'log'), 'utf8'));
  return { environment, close: () => endProcess(daemon) };
}

/** Without its session manager nothing is connected, and that wants a bus. All end with the first that ends. */
const PIPEWIRE = 'pipewire & wireplumber & pipewire-pulse & wait -n; kill 0';

async function startPipeWire({ folder, modules }: SoundServerOptions): Promise<SoundServer> {
  const run = join(folder, 'run');
  const environment = {
    XDG_RUNTIME_DIR: run,
    PIPEWIRE_RUNTIME_DIR: run,
    PULSE_RUNTIME_PATH: join(run, 'pulse'),
    PULSE_SERVER: `unix:${join(run, 'pulse', 'native')}`,
  };
  const daemon = spawn('dbus-run-session', ['--', 'bash', '-c', PIPEWIRE], {
    env: { ...process.env, ...environment, HOME: folder },
    stdio: 'ignore',
    detached: true,
  });
  await untilItAnswers(daemon, environment, () => 'see whether pipewire, wireplumber and pipewire-pulse are there');
  for (const module of modules) {
    const [name = '', ...args] = module.split(' ');
    execFileSync('pactl', ['load-module', name, ...args.filter((arg) => !arg.startsWith('norewinds'))], {
      env: { ...process.env, ...environment },
      stdio: 'ignore',
    });
  }
  return { environment, close: () => endProcess(daemon, (signal) => process.kill(-(daemon.pid ?? 0), signal)) };
}

/** Ends a process and waits until it is gone; `send`: how it is told. */
export async function endProcess(
  child: ChildProcess,
  send: (signal: 'SIGTERM') => unknown = (signal) => child.kill(signal),
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => child.once('exit', done));
  send('SIGTERM');
  await gone;
}

async function untilItAnswers(
  daemon: ChildProcess,
  environment: Record<string, string>,
  whyNot: () => string,
): Promise<void> {
  for (let tries = 0; !answers({ ...process.env, ...environment }); tries += 1) {
    if (daemon.exitCode !== null || tries === READY_TRIES)
      throw new Error(`the sound server does not start: ${whyNot().slice(-500)}`);
    await sleep(50);
  }
}

function answers(env: NodeJS.ProcessEnv): boolean {
  try {
    execFileSync('pactl', ['info'], { env, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

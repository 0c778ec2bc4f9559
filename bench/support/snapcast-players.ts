import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../e2e/support/free-port.ts';
import { RATE_HZ } from '../../receiver/test/support/chirps.ts';
import { commandBefore, type ChirpPlayers, type StartChirpPlayers } from './chirp-players.ts';
import { sleep } from './figures.ts';
import { endProcess } from './processes.ts';

/** Snapserver does not go below this; a shorter delay is made by telling each client that its card is so much too late. In ms. */
const SERVER_BUFFER_MS = 400;
/** What each client asks of the sound server, in ms: less is unstable on a link with jitter. */
const CLIENT_BUFFER_MS = 50;
/** Snapcast's own default. */
const CHUNK_MS = 20;
const CHANNELS = 2;
const BYTES_PER_MS = (RATE_HZ / 1_000) * CHANNELS * 2;
const LISTEN_TIMEOUT_MS = 10_000;

/**
 * Snapcast as Debian has it: a pipe, a server that sends FLAC over TCP, a client for each loudspeaker. The signal begins when all of them are
 * there, because what waits in the pipe before that would stay there as delay.
 */
export const startSnapcastPlayers: StartChirpPlayers = async (order): Promise<ChirpPlayers> => {
  const { room, speakers, link, signal, delayMs } = order;
  const folder = mkdtempSync(join(tmpdir(), 'loa-snapcast-'));
  const [pipe, file] = [join(folder, 'pipe'), join(folder, 'signal')];
  execFileSync('mkfifo', [pipe]);
  writeFileSync(file, toStereo(signal.samples));
  const children: ChildProcess[] = [];
  const close = async (): Promise<void> => {
    for (const child of children.reverse()) await endProcess(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const feeder = await startFeeder(pipe, file);
    children.push(feeder.child);
    const host = link?.address ?? '127.0.0.1';
    const port = await freePort();
    const server = spawn('snapserver', serverArgs(folder, pipe, host, port), {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    children.push(server);
    await untilListening(server, host, port);
    const receivers = Array.from({ length: speakers }, (_, speaker) => {
      const own = clientArgs({ host, port, speaker, latencyMs: SERVER_BUFFER_MS - delayMs });
      const [command = '', ...args] = [...commandBefore(order, speaker), 'snapclient', ...own];
      const env = { ...process.env, ...room.environmentOf(speaker) };
      return spawn(command, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
    });
    children.push(...receivers);
    await sleep(1_000);
    const startMs = await feeder.begin();
    return { leftAtMs: (sample) => startMs + (sample * 1_000) / RATE_HZ, receivers, close };
  } catch (error) {
    await close();
    throw error;
  }
};

function toStereo(mono: Int16Array): Uint8Array {
  const both = Int16Array.from({ length: mono.length * CHANNELS }, (_value, n) => mono[Math.floor(n / CHANNELS)] ?? 0);
  return new Uint8Array(both.buffer);
}

/** A source of sound does not wait for a busy machine. */
async function startFeeder(pipe: string, file: string): Promise<{ child: ChildProcess; begin(): Promise<number> }> {
  const program = join(import.meta.dirname, 'pcm-feeder.ts');
  const args = ['--rr', '4', process.execPath, program, pipe, file, String(BYTES_PER_MS)];
  const child = spawn('chrt', args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const nextLine = () =>
    new Promise<string>((resolve, reject) => {
      child.stdout.once('data', (text: Buffer) => resolve(text.toString()));
      child.once('exit', () => reject(new Error('the source of the sound ended')));
    });
  await nextLine();
  return {
    child,
    begin() {
      const said = nextLine();
      child.stdin.write('begin\n');
      return said.then(Number);
    },
  };
}

/** An own file of settings, because that of the package names a stream that is silent. */
function serverArgs(folder: string, pipe: string, host: string, port: number): string[] {
  const settings = join(folder, 'snapserver.conf');
  const source = `pipe://${pipe}?name=chirps&mode=read&sampleformat=${RATE_HZ}:16:${CHANNELS}&codec=flac&chunk_ms=${CHUNK_MS}`;
  const lines = [
    '[server]',
    `datadir = ${folder}`,
    '[http]',
    'enabled = false',
    '[tcp]',
    'enabled = false',
    '[stream]',
    `bind_to_address = ${host}`,
    `port = ${port}`,
    `source = ${source}`,
    `buffer = ${SERVER_BUFFER_MS}`,
    '[logging]',
    'sink = stderr',
    'filter = *:fatal',
  ];
  writeFileSync(settings, lines.map((line) => `${line}\n`).join(''));
  return ['--config', settings];
}

interface Client {
  readonly host: string;
  readonly port: number;
  readonly speaker: number;
  readonly latencyMs: number;
}

function clientArgs({ host, port, speaker, latencyMs }: Client): string[] {
  const options = {
    host,
    port,
    instance: speaker + 1,
    hostID: `bench-speaker-${speaker}`,
    latency: latencyMs,
    soundcard: `speaker${speaker}`,
    player: `pulse:buffer_time=${CLIENT_BUFFER_MS}`,
    logsink: 'stderr',
    logfilter: '*:fatal',
  };
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

async function untilListening(server: ChildProcess, host: string, port: number): Promise<void> {
  for (const deadline = Date.now() + LISTEN_TIMEOUT_MS; Date.now() < deadline; await sleep(100)) {
    if (server.exitCode !== null) throw new Error(`snapserver ended with ${server.exitCode}`);
    const listens = execFileSync('ss', ['-Hltn', `src ${host} and sport = :${port}`]).length > 0;
    if (listens) return;
  }
  throw new Error(`snapserver does not listen after ${LISTEN_TIMEOUT_MS} ms`);
}

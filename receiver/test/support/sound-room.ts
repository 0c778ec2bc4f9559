import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RATE_HZ } from './chirps.ts';
import { endProcess, type SoundServerKind, startSoundServer } from './sound-server.ts';

/** What came out of one loudspeaker. */
export interface HeardSound {
  readonly samples: Float32Array;
  /** When the first of them was heard, in ms of `monotonicNow`. */
  readonly startMs: number;
  readonly samplesPerMs: number;
}

/** A room with loudspeakers and ears: a sound server of its own that plays to nobody. */
export interface SoundRoom {
  /** Address of the sound server. */
  readonly server: string;
  /** What a program needs in its environment to play into this loudspeaker, counted from 0. */
  environmentOf(speaker: number): Record<string, string>;
  /** Plays mono 16-bit sound into all loudspeakers at once, as one stream; null where each has a clock of its own. */
  readonly playToAll: ((sound: Int16Array) => Promise<void>) | null;
  /** What came out of the loudspeakers since they were there. */
  heard(): readonly HeardSound[];
  /** The longest time for which the ears got nothing from the sound server since the last call, in ms: the machine stood still. */
  takeStallMs(): number;
  close(): Promise<void>;
}

export const monotonicNow = (): number => Number(process.hrtime.bigint()) / 1e6;

const NOMINAL_PER_MS = RATE_HZ / 1_000;
/** So many channels of four bytes make the pipe of a virtual card, which holds 64 KiB, as short as 85 ms: a busy machine's standstills are shorter. */
const CARD_CHANNELS = ['front-left', 'front-right', 'rear-left', 'rear-right'];

const nameOf = (speaker: number): string => `speaker${speaker}`;

/** One sound card with a channel for each loudspeaker, so all of them have the same clock and one recording hears them to the sample. */
function oneCard(speakers: number): string[] {
  const channels = Array.from({ length: speakers }, (_, n) => `aux${n}`);
  // Without `norewinds`, streams that come and go make the monitor hear sound twice or not at all.
  const air = `module-null-sink sink_name=air norewinds=1 rate=${RATE_HZ} channels=${speakers} channel_map=${channels.join()}`;
  const remapped = channels.map(
    (channel, n) =>
      `module-remap-sink sink_name=${nameOf(n)} master=air channels=1 channel_map=mono master_channel_map=${channel} remix=no`,
  );
  return [air, ...remapped];
}

function cardsOfTheirOwn(folder: string, count: number): string[] {
  return Array.from(
    { length: count },
    (_, n) =>
      `module-pipe-sink sink_name=${nameOf(n)} file=${join(folder, `card${n}`)} format=float32le rate=${RATE_HZ} channels=${CARD_CHANNELS.length} channel_map=${CARD_CHANNELS.join()}`,
  );
}

/** Loudspeakers at one sound card, or, with `cardPpm`, each at a virtual card whose clock is off by so much, which only PulseAudio has. */
export async function openSoundRoom(
  speakers: number,
  cardPpm: readonly number[] | null = null,
  kind: SoundServerKind = 'pulseaudio',
): Promise<SoundRoom> {
  const folder = mkdtempSync(join(tmpdir(), 'loa-room-'));
  const modules = cardPpm === null ? oneCard(speakers) : cardsOfTheirOwn(folder, speakers);
  const soundServer = await startSoundServer(kind, { folder, rateHz: RATE_HZ, modules });
  const { environment } = soundServer;
  const children: ChildProcess[] = [];
  const start = (command: string, args: readonly string[]): ChildProcess => {
    const child = spawn(command, args, { env: { ...process.env, ...environment }, stdio: ['pipe', 'pipe', 'ignore'] });
    children.push(child);
    return child;
  };
  const ears = cardPpm === null ? listenToMonitor(start, speakers) : listenToCards(folder, cardPpm, children);
  return {
    server: environment.PULSE_SERVER,
    environmentOf: (speaker) => ({ ...environment, PULSE_SINK: nameOf(speaker) }),
    playToAll: cardPpm === null ? (sound) => playOnce(start, speakers, sound) : null,
    heard: ears.heard,
    takeStallMs: ears.takeStallMs,
    async close() {
      for (const child of children.reverse()) await endProcess(child);
      await soundServer.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

type Start = (command: string, args: readonly string[]) => ChildProcess;
type Ears = Pick<SoundRoom, 'heard' | 'takeStallMs'>;

const RAW = ['--raw', `--rate=${RATE_HZ}`, '--format=s16le'];
const mapOf = (channels: number): string => Array.from({ length: channels }, (_, n) => `aux${n}`).join();

/** One stream hears all loudspeakers. It also keeps the sound server's blocks at 10 ms, whoever else comes and goes. */
function listenToMonitor(start: Start, speakers: number): Ears {
  const args = [...RAW, `--channels=${speakers}`, `--channel-map=${mapOf(speakers)}`, '--latency-msec=10'];
  const child = start('parec', ['--device=air.monitor', ...args]);
  const pieces: Buffer[] = [];
  let bytes = 0;
  const arrivals: Arrival[] = [];
  let lastMs: number | null = null;
  let stallMs = 0;
  child.stdout?.on('data', (piece: Buffer) => {
    const nowMs = monotonicNow();
    pieces.push(piece);
    bytes += piece.length;
    arrivals.push({ atMs: nowMs, frames: bytes / (speakers * 2) });
    stallMs = Math.max(stallMs, nowMs - (lastMs ?? nowMs));
    lastMs = nowMs;
  });
  return {
    takeStallMs() {
      const longest = stallMs;
      stallMs = 0;
      return longest;
    },
    heard() {
      const all = Buffer.concat(pieces);
      const frames = Math.floor(all.length / (speakers * 2));
      const clock = clockOf(arrivals);
      return Array.from({ length: speakers }, (_, speaker) => ({
        samples: Float32Array.from(
          { length: frames },
          (_value, n) => all.readInt16LE((n * speakers + speaker) * 2) / 32_768,
        ),
        ...clock,
      }));
    },
  };
}

interface Arrival {
  readonly atMs: number;
  /** How much had come by then. */
  readonly frames: number;
}

/**
 * The sound server's clock is a little off too. A piece may come late but never early: so a line through the quickest one of the beginning and the
 * quickest one of the end says when each sample was there.
 */
function clockOf(arrivals: readonly Arrival[]): Pick<HeardSound, 'startMs' | 'samplesPerMs'> {
  const quarter = Math.ceil(arrivals.length / 4);
  const lateness = ({ atMs, frames }: Arrival): number => atMs - frames / NOMINAL_PER_MS;
  const quickest = (some: readonly Arrival[]) =>
    some.reduce((best, one) => (lateness(one) < lateness(best) ? one : best));
  const [early, late] = [quickest(arrivals.slice(0, quarter)), quickest(arrivals.slice(-quarter))];
  const samplesPerMs = late === early ? NOMINAL_PER_MS : (late.frames - early.frames) / (late.atMs - early.atMs);
  return { startMs: early.atMs - early.frames / samplesPerMs, samplesPerMs };
}

function listenToCards(folder: string, cardPpm: readonly number[], children: ChildProcess[]): Ears {
  const paths = cardPpm.map((ppm, n) => {
    const path = join(folder, `heard${n}`);
    const card = [join(import.meta.dirname, 'virtual-card.ts'), join(folder, `card${n}`), String(ppm)];
    // A card does not wait for a busy machine.
    const args = ['--rr', '4', process.execPath, ...card, String(CARD_CHANNELS.length), path];
    children.push(spawn('chrt', args, { stdio: ['ignore', 'ignore', 'inherit'] }));
    return path;
  });
  return {
    takeStallMs: () => 0,
    heard: () =>
      paths.map((path, n) => {
        const bytes = readFileSync(path);
        const samples = new Float32Array(bytes.buffer.slice(bytes.byteOffset + 8, bytes.byteOffset + bytes.length));
        return { samples, startMs: bytes.readDoubleLE(0), samplesPerMs: 48 * (1 + (cardPpm[n] ?? 0) / 1e6) };
      }),
  };
}

async function playOnce(start: Start, speakers: number, sound: Int16Array): Promise<void> {
  const spread = Int16Array.from(
    { length: sound.length * speakers },
    (_value, n) => sound[Math.floor(n / speakers)] ?? 0,
  );
  const child = start('pacat', [
    '--playback',
    '--device=air',
    ...RAW,
    `--channels=${speakers}`,
    `--channel-map=${mapOf(speakers)}`,
  ]);
  child.stdin?.end(new Uint8Array(spread.buffer));
  await new Promise((done) => child.once('exit', done));
}

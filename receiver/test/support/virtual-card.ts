import { constants, openSync, readSync, writeSync } from 'node:fs';

/*
 * A sound card with a clock of its own: takes samples out of the pipe of a PulseAudio pipe sink, as many in a second as its crystal says, and writes the
 * first channel to a file. `virtual-card.ts PIPE PPM CHANNELS FILE`. Before the samples stands when the first of them is heard (a double, ms of the
 * system's monotonic clock), and what follows is single precision.
 */

const [pipe = '', ppm = '0', channelCount = '1', heardPath = ''] = process.argv.slice(2);
const channels = Number(channelCount);
const FRAME_BYTES = channels * 4;
const SAMPLES_PER_MS = 48 * (1 + Number(ppm) / 1e6);
/**
 * Samples that are taken at once. The sound server sees the level of the pipe in steps of this; no fraction of a millisecond, or it would always
 * be asked at the same place of a step, because timers go off at whole ones.
 */
const PERIOD = 37;
/** They are written in pieces of so many periods. */
const PIECE_PERIODS = 65;

const now = (): number => Number(process.hrtime.bigint()) / 1e6;
const alarm = new Int32Array(new SharedArrayBuffer(4));
const source = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
const heard = openSync(heardPath, 'w');
const startMs = now() + 50;
writeSync(heard, new Uint8Array(new Float64Array([startMs]).buffer));

let taken = 0;
const bytes = Buffer.alloc(PERIOD * FRAME_BYTES);

/** What is there, and silence for what is not: a card does not wait. */
function takePeriod(into: Float32Array, at: number): void {
  bytes.fill(0);
  try {
    readSync(source, bytes, 0, bytes.length, null);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
  }
  for (let frame = 0; frame < PERIOD; frame += 1) into[at + frame] = bytes.readFloatLE(frame * FRAME_BYTES);
}

function takePiece(): void {
  const piece = new Float32Array(PERIOD * PIECE_PERIODS);
  for (let period = 0; period < PIECE_PERIODS; period += 1) {
    const waitMs = startMs + taken / SAMPLES_PER_MS - now();
    if (waitMs > 0) Atomics.wait(alarm, 0, 0, waitMs);
    takePeriod(piece, period * PERIOD);
    taken += PERIOD;
  }
  writeSync(heard, new Uint8Array(piece.buffer));
  setImmediate(takePiece);
}

takePiece();

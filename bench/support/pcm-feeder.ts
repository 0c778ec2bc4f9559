import { constants, openSync, readFileSync, writeSync } from 'node:fs';

/*
 * Writes raw sound into a pipe as a live source would: each block of 20 ms when its first sample is due. `pcm-feeder.ts PIPE FILE BYTES_PER_MS`. It holds the pipe
 * open from the start, begins when something comes on its input, and says then when the first block left, in ms of the system's monotonic clock.
 */

const BLOCK_MS = 20;
const [pipe = '', file = '', bytesPerMs = '0'] = process.argv.slice(2);
const blockBytes = Number(bytesPerMs) * BLOCK_MS;
const now = (): number => Number(process.hrtime.bigint()) / 1e6;
const alarm = new Int32Array(new SharedArrayBuffer(4));
const sound = readFileSync(file);
// For reading as well: so it can be opened before there is a reader.
const out = openSync(pipe, constants.O_RDWR);

process.stdin.once('data', () => {
  const startMs = now();
  process.stdout.write(`${startMs}\n`, () => {
    for (let block = 0; (block + 1) * blockBytes <= sound.length; block += 1) {
      const waitMs = startMs + block * BLOCK_MS - now();
      if (waitMs > 0) Atomics.wait(alarm, 0, 0, waitMs);
      writeSync(out, sound, block * blockBytes, blockBytes);
    }
    process.exit(0);
  });
});
process.stdout.write('open\n');

// Stands in for pacat: takes samples, tells how much it "played", appends what it got to a file, and dies when told to.
import { appendFileSync } from 'node:fs';

const [file, dieAfterBytes] = process.argv.slice(2);
let bytes = 0;
process.stdin.on('data', (chunk) => {
  appendFileSync(file, chunk);
  bytes += chunk.length;
  const playedSeconds = Math.max(0, bytes / 96_000 - 0.02);
  process.stderr.write(`Time: ${playedSeconds.toFixed(3)} sec; Latency: 20000 usec.        \r`);
  if (bytes >= Number(dieAfterBytes)) {
    process.stderr.write('device unplugged\n');
    process.exit(1);
  }
});

import { readFileSync, writeFileSync } from 'node:fs';
import { readTrace, type TraceEvent, TraceWriter } from '@loa/shared/playout/trace-text';

/*
 * Makes a fixture for tests of a stretch of a receiver's trace: `cut-trace.ts TRACE PART FROM_S UNTIL_S WHAT COMMAND LINK > NAME.json`. PART is `engine` or `clock`;
 * seconds count from the beginning of the trace; the rest is text for people (CONTRIBUTING.md, "Recorded traces").
 */

const PARTS: Readonly<Record<string, readonly TraceEvent['kind'][]>> = {
  engine: ['packet', 'block', 'interruption', 'settings', 'reset'],
  clock: ['answer', 'pilot', 'door', 'guess'],
};
/** Of a millisecond: a twentieth of a sample. */
const DECIMALS = 3;

const [path = '', part = '', from = '', until = '', what = '', command = '', link = ''] = process.argv.slice(2);
const kinds = PARTS[part];
const [fromMs, untilMs] = [Number(from) * 1_000, Number(until) * 1_000];
if (kinds === undefined || !(untilMs > fromMs) || link === '')
  throw new Error('cut-trace.ts TRACE engine|clock FROM_S UNTIL_S WHAT COMMAND LINK');

const [first = '', ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
const { software, startMs } = JSON.parse(first.slice(2)) as { software: string; startMs: number };

/** When the receiver was told it; null: with what came before it. */
function timeOf(event: TraceEvent): number | null {
  if (event.kind === 'packet' || event.kind === 'pilot' || event.kind === 'guess') return event.atMs;
  return event.kind === 'answer' ? event.sample.receivedAtMs : null;
}

let nowMs = startMs;
let settings: TraceEvent | null = null;
const kept: TraceEvent[] = [];
for (const event of readTrace(lines, startMs)) {
  nowMs = timeOf(event) ?? nowMs;
  if (nowMs - startMs >= untilMs) break;
  if (nowMs - startMs >= fromMs) kept.push(event);
  else if (event.kind === 'settings') settings = event;
}
const events = [...(settings === null ? [] : [settings]), ...kept].filter(({ kind }) => kinds.includes(kind));
const writer = new TraceWriter(startMs + fromMs, DECIMALS);
const about = {
  what,
  recordedAt: new Date(startMs + fromMs).toISOString(),
  command,
  link,
  software,
  startMs: startMs + fromMs,
};
const texts = events.flatMap((event) => writer.lines(event)).map((line) => JSON.stringify(line));
// A line for each line, so that it can be read and compared.
const head = JSON.stringify(about, null, 2).slice(0, -2);
writeFileSync(process.stdout.fd, `${head},\n  "lines": [\n${texts.join(',\n')}\n]\n}\n`);

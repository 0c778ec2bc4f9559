import { setImmediate } from 'node:timers/promises';
import { playoutRecordSchema, type PlayoutRecord } from '@loa/shared/protocol/receivers';
import { z } from 'zod';

const lineSchema = z.union([z.object({ put: playoutRecordSchema }), z.object({ gone: z.string() })]);

/** So many lines at a time: who renders in this thread gets a turn in between. */
const LINES_PER_TURN = 200;

/** What a byte that is no text becomes. */
const NO_TEXT = '\uFFFD';

/** What a file of records says. */
export interface ReadRecords {
  /** The newest state of each, oldest first. */
  readonly records: ReadonlyMap<string, PlayoutRecord>;
  /** Lines that nobody can read, without a last one that was cut off. */
  readonly spoiled: number;
}

/** One line for each change: a record in its new state, or null for one that is gone. */
export function toLine(id: string, record: PlayoutRecord | null): string {
  return `${JSON.stringify(record === null ? { gone: id } : { put: record })}\n`;
}

/** The lines of a whole file, a few at a time. */
export function* toChunks(records: ReadonlyMap<string, PlayoutRecord>): Generator<string> {
  const lines = [...records];
  for (let at = 0; at < lines.length; at += LINES_PER_TURN) {
    const part = lines.slice(at, at + LINES_PER_TURN);
    yield part.map(([id, record]) => toLine(id, record)).join('');
  }
}

/** PO20: the end of a file after a power cut, half a line or zeros, was never promised to anybody. */
export async function readLines(content: string): Promise<ReadRecords> {
  const records = new Map<string, PlayoutRecord>();
  let spoiled = 0;
  for (const [number, text] of content.split('\n').slice(0, -1).entries()) {
    if (number % LINES_PER_TURN === 0) await setImmediate();
    const line = parseLine(text);
    if (line === null) spoiled += 1;
    else if ('gone' in line) records.delete(line.gone);
    else {
      records.delete(line.put.id);
      records.set(line.put.id, line.put);
    }
  }
  return { records, spoiled };
}

function parseLine(text: string): z.output<typeof lineSchema> | null {
  if (text.includes(NO_TEXT)) return null;
  try {
    const parsed = lineSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pino from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { createRecordFile, type RecordFile } from './record-file.ts';
import { DISK_SILENT_MS, RecordQueue } from './record-queue.ts';
import { testRecord as record } from '../../test/support/record.ts';

const log = pino({ level: 'silent' });
const path = (): string => join(mkdtempSync(join(tmpdir(), 'loa-records-')), 'site', 'records.jsonl');

const opened: RecordQueue[] = [];
afterEach(async () => {
  for (const queue of opened.splice(0)) await queue.close();
});

/** A queue that has taken over what is on disk. */
async function open(at: string, file: RecordFile = createRecordFile(at)): Promise<RecordQueue> {
  const queue = new RecordQueue(file, log);
  opened.push(queue);
  await queue.settled();
  return queue;
}

/** What a process finds that is started now, whatever this one still has in memory. */
const onDisk = async (at: string) => (await open(at)).oldest(10_000);

/** A copy, so that looking at it changes nothing. */
async function found(at: string) {
  const copy = path();
  mkdirSync(dirname(copy));
  writeFileSync(copy, existsSync(at) ? readFileSync(at) : '');
  return (await onDisk(copy)).map(({ id }) => id);
}

const asideOf = (at: string) => readdirSync(dirname(at)).filter((name) => name.includes('unreadable'));

/** A disk of which one step waits until it is told to go on. */
function slowFile(at: string, step: 'read' | 'append') {
  const real = createRecordFile(at);
  const gate = { waiting: [] as Array<() => void>, appended: [] as string[] };
  const pass = () => new Promise<void>((resolve) => gate.waiting.push(resolve));
  const file: RecordFile = {
    ...real,
    async read() {
      if (step === 'read') await pass();
      return real.read();
    },
    async append(text) {
      gate.appended.push(text);
      if (step === 'append') await pass();
      return real.append(text);
    },
  };
  return { file, gate };
}

describe('queue of records', () => {
  it('PO20: survives the end of the process, and what was open then is final', async () => {
    const at = path();
    const before = await open(at);
    before.put(record(1, 500, false));
    before.put(record(1, 900, false));
    before.put(record(2));
    await before.close();
    expect(await onDisk(at)).toEqual([record(1, 900, true), record(2)]);
  });

  it('PO20: forgets only what the server stored, and only in the state in which it was sent', async () => {
    const at = path();
    const queue = await open(at);
    [1, 2, 3].forEach((number) => queue.put(record(number, 500, false)));
    const sent = queue.oldest(10);
    queue.put(record(2, 800, false));
    queue.acknowledge(sent, [record(1).id, record(2).id]);
    expect(queue.oldest(10)).toEqual([record(3, 500, false), record(2, 800, false)]);
    queue.put(record(1));
    queue.acknowledge(queue.oldest(10), [record(1).id]);
    await queue.close();
    expect((await onDisk(at)).map((kept) => kept.id)).toEqual([record(3).id, record(2).id]);
  });

  it('PO20: an open record that the server has is closed after the end of the process', async () => {
    const at = path();
    const queue = await open(at);
    queue.put(record(1, 500, false));
    queue.acknowledge(queue.oldest(10), [record(1).id]);
    expect(queue.oldest(10)).toEqual([]);
    await queue.close();
    expect(await onDisk(at)).toEqual([record(1, 500, true)]);
  });

  it('PO18: the file stays in proportion to what is queued', async () => {
    const at = path();
    const queue = await open(at);
    for (let round = 0; round < 1_000; round += 1) {
      queue.put(record(round));
      queue.acknowledge(queue.oldest(10), [record(round).id]);
      if (round % 3 === 0) await queue.settled();
    }
    await queue.close();
    expect(queue.size).toBe(0);
    expect(readFileSync(at, 'utf8').split('\n').length).toBeLessThan(300);
  });

  it('PO20: a disk that refuses keeps nobody from playing; what was kept in memory is written when it works again', async () => {
    const at = path();
    // Where the new file should go there is a folder.
    mkdirSync(`${at}.new`, { recursive: true });
    const queue = await open(at);
    queue.put(record(1));
    queue.put(record(2));
    await queue.settled();
    expect(queue.problem).toContain('records.jsonl');
    expect(queue.oldest(10)).toHaveLength(2);
    rmSync(`${at}.new`, { recursive: true });
    queue.put(record(3));
    await queue.settled();
    expect(queue.problem).toBeNull();
    expect(await onDisk(at)).toHaveLength(3);
  });
});

describe('records that cannot be read', () => {
  it('PO20: a folder in their place is put aside; that it was is a problem, and records are kept', async () => {
    const at = path();
    mkdirSync(at, { recursive: true });
    const queue = await open(at);
    queue.put(record(1));
    await queue.settled();
    expect(asideOf(at)).toHaveLength(1);
    expect(queue.problem).toContain(asideOf(at)[0]);
    await queue.close();
    expect(await onDisk(at)).toEqual([record(1)]);
  });

  it('PO20: bytes that are no records cost no record beside them, and are left to people', async () => {
    const at = path();
    const before = await open(at);
    before.put(record(1));
    await before.close();
    const spoiled = Buffer.concat([
      Buffer.from([0xff, 0xfe, 0, 0x80, 0x0a]),
      readFileSync(at),
      Buffer.from('{"put":7}\n'),
    ]);
    writeFileSync(at, spoiled);
    const queue = await open(at);
    expect(queue.oldest(10)).toEqual([record(1)]);
    expect(queue.problem).toContain('2 lines');
    expect(readFileSync(join(dirname(at), asideOf(at)[0] ?? ''))).toEqual(spoiled);
    await queue.close();
    expect((await open(at)).problem).toBeNull();
  });

  it.each(['{"put":{"id":"record-num', '\0\0\0\0\0'])(
    'PO20: an end cut off by a power failure costs only itself: %j',
    async (end) => {
      const at = path();
      const queue = await open(at);
      queue.put(record(1));
      await queue.close();
      appendFileSync(at, end);
      const after = await open(at);
      expect(after.oldest(10)).toEqual([record(1)]);
      expect(after.problem).toBeNull();
      expect(asideOf(at)).toEqual([]);
    },
  );

  it('PO20: while they can neither be read nor put aside they stay as they are, and new ones are in memory', async () => {
    const at = path();
    const before = await open(at);
    before.put(record(1));
    await before.close();
    const real = createRecordFile(at);
    const broken = { now: true };
    const fail = () => Promise.reject(Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' }));
    const queue = await open(at, {
      ...real,
      read: () => (broken.now ? fail() : real.read()),
      putAside: () => (broken.now ? fail() : real.putAside()),
    });
    queue.put(record(2));
    await queue.settled();
    expect(queue.problem).toContain('EIO');
    expect(queue.oldest(10)).toEqual([record(2)]);
    expect(await found(at)).toEqual([record(1).id]);
    broken.now = false;
    queue.put(record(3));
    await queue.settled();
    expect(queue.problem).toBeNull();
    expect(queue.oldest(10)).toEqual([record(1), record(2), record(3)]);
    await queue.close();
    expect(await onDisk(at)).toHaveLength(3);
  });
});

describe('records on a slow disk', () => {
  it('PO20: nobody waits for it: what changes while it is busy is queued, in order, and goes into one more write', async () => {
    const at = path();
    const { file, gate } = slowFile(at, 'append');
    const queue = await open(at, file);
    queue.put(record(1));
    await expect.poll(() => gate.appended.length).toBe(1);
    for (let grown = 1; grown <= 100; grown += 1) queue.put(record(2, grown, false));
    queue.put(record(3));
    expect(queue.oldest(10).map(({ id }) => id)).toEqual([record(1).id, record(2).id, record(3).id]);
    // Of all this the disk has been given only the first, and has not finished that.
    expect(gate.appended).toHaveLength(1);
    expect(await found(at)).toEqual([]);

    gate.waiting.shift()?.();
    await expect.poll(() => gate.appended.length).toBe(2);
    // A process that is killed now has lost only what came after the write that was under way.
    expect(await found(at)).toEqual([record(1).id]);
    expect(gate.appended[1]?.split('\n').filter(Boolean)).toHaveLength(2);
    gate.waiting.shift()?.();
    await queue.settled();
    expect(await found(at)).toEqual([record(1).id, record(2).id, record(3).id]);
    await queue.close();
    expect(await onDisk(at)).toEqual([record(1), record(2, 100, true), record(3)]);
  });

  it('PO20: a change that comes just when the writer ends is written too', async () => {
    for (let turns = 0; turns < 12; turns += 1) {
      const at = path();
      const real = createRecordFile(at);
      let late: Promise<void> | null = null;
      const file: RecordFile = {
        ...real,
        async append(text) {
          await real.append(text);
          late ??= (async () => {
            for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
            queue.put(record(2));
          })();
        },
      };
      const queue = await open(at, file);
      queue.put(record(1));
      await expect.poll(() => found(at)).toEqual([record(1).id, record(2).id]);
    }
  });

  it('PO18: what waits for a disk that says nothing is bounded, and the silence is a problem', async () => {
    const at = path();
    const { file, gate } = slowFile(at, 'append');
    const clock = { ms: 0 };
    const queue = new RecordQueue(file, log, () => clock.ms);
    await queue.settled();
    queue.put(record(0));
    await expect.poll(() => gate.appended.length).toBe(1);
    for (let number = 1; number < 2_000; number += 1) {
      queue.put(record(number));
      queue.acknowledge(queue.oldest(1), [record(number - 1).id]);
    }
    expect(queue.problem).toBeNull();
    clock.ms = DISK_SILENT_MS + 1;
    expect(queue.problem).toContain('does not answer');
    gate.waiting.shift()?.();
    await queue.settled();
    expect(queue.problem).toBeNull();
    // More changes than are worth appending: the file was written anew, as a whole.
    expect(gate.appended).toHaveLength(1);
    expect(await found(at)).toEqual([record(1_999).id]);
    await queue.close();
  });

  it('PO20: new records do not wait for those of the last process, and come after them', async () => {
    const at = path();
    const before = await open(at);
    before.put(record(1));
    await before.close();
    const { file, gate } = slowFile(at, 'read');
    const queue = new RecordQueue(file, log);
    queue.put(record(2));
    expect(queue.oldest(10)).toEqual([record(2)]);
    gate.waiting.shift()?.();
    await queue.settled();
    expect(queue.oldest(10)).toEqual([record(1), record(2)]);
    await queue.close();
    expect(await onDisk(at)).toEqual([record(1), record(2)]);
  });
});

describe('records that the server refuses', () => {
  it('PO20: are not sent again, also when they grow, and are left to people in a file of their own', async () => {
    const at = path();
    const queue = await open(at);
    [1, 2].forEach((number) => queue.put(record(number, 500, false)));
    queue.refuse(record(1, 500, false));
    queue.put(record(1, 700, false));
    queue.put(record(1, 900, true));
    expect(queue.oldest(10)).toEqual([record(2, 500, false)]);
    await queue.close();
    const lines = readFileSync(`${at}.refused`, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([record(1, 500, false), record(1, 900, true)]);
    expect(await onDisk(at)).toEqual([record(2, 500, true)]);
  });
});

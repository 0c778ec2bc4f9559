import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { createKeptFile } from './kept-file.ts';

const log = pino({ level: 'silent' });
const schema = z.array(z.number());
let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'loa-kept-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (everyMs = 0) => createKeptFile(join(folder, 'kept', 'list.json'), schema, { everyMs }, log);

describe('EL30: what is kept for a start without the database', () => {
  it('is read by the next process, and by nobody else', async () => {
    expect(open().read()).toBeNull();
    const file = open();
    file.keep(() => [1, 2]);
    await file.close();
    expect(open().read()).toEqual([1, 2]);
    expect(statSync(join(folder, 'kept', 'list.json')).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'kept'))).toEqual(['list.json']);
  });

  it('is what it was when it was written, the last word when the door ends', async () => {
    const file = open(60_000);
    const list = [1];
    file.keep(() => list);
    file.keep(() => [...list, 3]);
    list.push(2);
    await file.close();
    expect(open().read()).toEqual([1, 2, 3]);
  });

  it('is nothing when it is damaged, which is set aside', async () => {
    const file = open();
    file.keep(() => [1]);
    await file.close();
    for (const text of ['[1, 2', '["one"]', '']) {
      writeFileSync(join(folder, 'kept', 'list.json'), text);
      expect(open().read(), text).toBeNull();
      const [aside = '', ...others] = readdirSync(join(folder, 'kept'));
      expect([aside.replace(/\d+$/, ''), others]).toEqual(['list.json.unreadable-', []]);
      expect(readFileSync(join(folder, 'kept', aside), 'utf8')).toBe(text);
      rmSync(join(folder, 'kept', aside));
    }
  });

  it('a value that cannot be made ends nothing: the next one is written', async () => {
    const file = open();
    file.keep(() => {
      throw new Error('no value');
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    file.keep(() => [4]);
    await file.close();
    expect(open().read()).toEqual([4]);
  });

  it('a folder that cannot be written ends nothing', async () => {
    writeFileSync(join(folder, 'kept'), 'in the way');
    const file = open();
    file.keep(() => [1]);
    await file.close();
    expect(open().read()).toBeNull();
  });

  it('what a disk did not take is written when it does, though nobody has anything new to say', async () => {
    writeFileSync(join(folder, 'kept'), 'in the way');
    const file = open();
    file.keep(() => [1]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    rmSync(join(folder, 'kept'));
    await vi.waitUntil(() => open().read() !== null, { timeout: 10_000, interval: 100 });
    expect(open().read()).toEqual([1]);
    await file.close();
  });
});

import { mkdir, open, readFile, rename, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Refused records are kept for people up to this size, in bytes. */
const MAX_REFUSED_BYTES = 1_000_000;

/** Where records are kept. Nothing here is done in the thread that renders, and what is done is done one after the other. */
export interface RecordFile {
  /** For people. */
  readonly name: string;
  /** Null: there is none yet. */
  read(): Promise<string | null>;
  /** Leaves what is there to people, under another name, which it answers. */
  putAside(): Promise<string>;
  /** Puts this in place of all that was there; on disk when it resolves. */
  replace(chunks: Iterable<string>): Promise<void>;
  /** Only after `replace`; on disk when it resolves. */
  append(text: string): Promise<void>;
  /** Keeps, in a file of their own, records that the server refuses for ever. Its name. */
  keepRefused(text: string): Promise<string>;
  close(): Promise<void>;
}

export function createRecordFile(path: string): RecordFile {
  let handle: FileHandle | null = null;
  const close = async (): Promise<void> => {
    const old = handle;
    handle = null;
    await old?.close();
  };
  return {
    name: path,
    async read() {
      try {
        // Reading what is no file may never end.
        if (!(await stat(path)).isFile()) throw new Error('it is no file');
        return await readFile(path, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw error;
      }
    },
    async putAside() {
      const aside = `${path}.unreadable-${new Date().toISOString().replaceAll(':', '-')}`;
      await rename(path, aside);
      return aside;
    },
    async replace(chunks) {
      const folder = dirname(path);
      await mkdir(folder, { recursive: true });
      const fresh = await open(`${path}.new`, 'w');
      try {
        await fresh.writeFile(chunks);
        await fresh.sync();
        await rename(`${path}.new`, path);
        await syncFolder(folder);
      } catch (error) {
        await fresh.close();
        throw error;
      }
      // The old file is closed only when the new one is there.
      const old = handle;
      handle = fresh;
      await old?.close();
    },
    async append(text) {
      if (handle === null) throw new Error('not open');
      await handle.appendFile(text);
      await handle.datasync();
    },
    async keepRefused(text) {
      const refused = `${path}.refused`;
      await mkdir(dirname(path), { recursive: true });
      const file = await open(refused, 'a');
      try {
        if ((await file.stat()).size < MAX_REFUSED_BYTES) await file.appendFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      return refused;
    },
    close,
  };
}

/** Only then does the new name survive a power cut. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

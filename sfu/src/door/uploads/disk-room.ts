import { statfs } from 'node:fs/promises';

/** The disk is never filled further than this: events and records need their place. */
export const MIN_FREE_BYTES = 500_000_000;
/** What was not announced gets its room in pieces of this size. */
const PIECE_BYTES = 8_000_000;

/** What one upload may write. */
export interface DiskShare {
  /** Promises so many bytes more; false when there is no room for them. */
  claim(bytes: number): Promise<boolean>;
  /** So many bytes are about to be written, promised or not; false when there is no room for them. */
  take(bytes: number): Promise<boolean>;
  /** Gives back what was promised and not taken. */
  close(): void;
}

/** The room for uploads on one disk. Those that come in at the same time do not count on the same bytes. */
export interface DiskRoom {
  openShare(): DiskShare;
}

export async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

export function createDiskRoom(freeBytes: () => Promise<number>): DiskRoom {
  /** To all uploads together, and not on the disk yet. */
  let promised = 0;
  return {
    openShare() {
      let left = 0;
      let closed = false;
      const claim = async (bytes: number) => {
        const free = await freeBytes();
        if (closed || free - promised - bytes < MIN_FREE_BYTES) return false;
        promised += bytes;
        left += bytes;
        return true;
      };
      return {
        claim,
        async take(bytes) {
          if (bytes > left && !(await claim(Math.max(PIECE_BYTES, bytes)))) return false;
          left -= bytes;
          promised -= bytes;
          return true;
        },
        close() {
          closed = true;
          promised -= left;
          left = 0;
        },
      };
    },
  };
}

import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { SegmentId } from '@loa/shared/ids';

/*
 * A stored segment as the pump plays it: magic, frame count, then one end offset for each frame, then the Opus packets of 20 ms.
 * The door writes it once; the pump reads ahead and never parses a container.
 */

const MAGIC = Buffer.from('LOASEG1\n');
const PREAMBLE_BYTES = MAGIC.length + 4;
/** Frames that are read at once: 4 s. */
const CHUNK_FRAMES = 200;

export function segmentFilePath(segmentsDir: string, segmentId: SegmentId): string {
  return join(segmentsDir, `${segmentId}.frames`);
}

/** The bytes of a segment file from its packets in order, each of 20 ms and at most 65,535 bytes. */
export function encodeSegment(packets: readonly Uint8Array[]): Buffer {
  const head = Buffer.alloc(PREAMBLE_BYTES + 4 * packets.length);
  MAGIC.copy(head);
  head.writeUInt32BE(packets.length, MAGIC.length);
  let end = 0;
  for (const [index, packet] of packets.entries()) {
    end += packet.length;
    head.writeUInt32BE(end, PREAMBLE_BYTES + 4 * index);
  }
  return Buffer.concat([head, ...packets]);
}

export interface SegmentReader {
  readonly frameCount: number;
  /** The frame if it is in memory; otherwise null, and it is fetched. Reading on from a frame fetches what follows. */
  frame(index: number): Buffer | null;
  /** Waits until the frame is in memory. */
  prepare(index: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens a segment; rejects when the file is missing or is not one. */
export async function openSegment(path: string, onError: (error: unknown) => void): Promise<SegmentReader> {
  const file = await open(path, 'r');
  try {
    return await readSegment(file, onError);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readSegment(file: FileHandle, onError: (error: unknown) => void): Promise<SegmentReader> {
  const { size } = await file.stat();
  const preamble = Buffer.alloc(PREAMBLE_BYTES);
  await file.read(preamble, 0, PREAMBLE_BYTES, 0);
  const frameCount = preamble.readUInt32BE(MAGIC.length);
  const dataStart = PREAMBLE_BYTES + 4 * frameCount;
  if (!preamble.subarray(0, MAGIC.length).equals(MAGIC) || dataStart > size) throw new Error('not a segment file');
  const index = Buffer.alloc(4 * frameCount);
  await file.read(index, 0, index.length, PREAMBLE_BYTES);
  const endOf = (frame: number) => (frame < 0 ? 0 : index.readUInt32BE(4 * frame));
  if (frameCount > 0 && dataStart + endOf(frameCount - 1) !== size) throw new Error('segment file is cut off');

  const chunks = new Map<number, Buffer>();
  const fetching = new Map<number, Promise<void>>();

  const fetch = (chunk: number): Promise<void> => {
    const first = chunk * CHUNK_FRAMES;
    if (chunk < 0 || first >= frameCount || chunks.has(chunk)) return Promise.resolve();
    const running = fetching.get(chunk);
    if (running) return running;
    const start = endOf(first - 1);
    const data = Buffer.alloc(endOf(Math.min(frameCount, first + CHUNK_FRAMES) - 1) - start);
    const work = file
      .read(data, 0, data.length, dataStart + start)
      .then(({ bytesRead }) => {
        // Else silence is played where there is nothing.
        if (bytesRead !== data.length) throw new Error('segment file was cut off');
        chunks.set(chunk, data);
        for (const old of chunks.keys()) if (old < chunk - 2 || old > chunk + 2) chunks.delete(old);
      })
      .catch(onError)
      .finally(() => fetching.delete(chunk));
    fetching.set(chunk, work);
    return work;
  };

  return {
    frameCount,
    frame(frame) {
      if (frame < 0 || frame >= frameCount) return null;
      const chunk = Math.floor(frame / CHUNK_FRAMES);
      const data = chunks.get(chunk);
      void fetch(chunk);
      if (frame % CHUNK_FRAMES > CHUNK_FRAMES / 2) void fetch(chunk + 1);
      if (!data) return null;
      const base = endOf(chunk * CHUNK_FRAMES - 1);
      return data.subarray(endOf(frame - 1) - base, endOf(frame) - base);
    },
    prepare: (frame) => fetch(Math.floor(frame / CHUNK_FRAMES)),
    close: () => file.close(),
  };
}

/** Longest frame on the link between door and pump, in bytes: a zone tree of 20,000 zones fits. */
export const MAX_LINK_FRAME_BYTES = 8_000_000;

const HEADER_BYTES = 4;

/** A value as one frame: big-endian length, then JSON. Throws a `RangeError` when it is too large. */
export function encodeFrame(value: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(value), 'utf8');
  if (body.length > MAX_LINK_FRAME_BYTES) throw new RangeError(`link frame of ${body.length} bytes`);
  const frame = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  frame.writeUInt32BE(body.length, 0);
  body.copy(frame, HEADER_BYTES);
  return frame;
}

/** Cuts a byte stream into frames. `push` throws when the stream is not ours (too long, no JSON): close it then. */
export function createFrameReader(onValue: (value: unknown) => void): { push(chunk: Buffer): void } {
  // Chunks are joined once per frame: joining at every chunk would cost the square of a large frame's length.
  let chunks: Buffer[] = [];
  let bytes = 0;
  /** What must be there before there is anything to do: a header, then the rest of its frame. */
  let needed = HEADER_BYTES;

  return {
    push(chunk) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes < needed) return;
      const data = chunks.length === 1 ? chunk : Buffer.concat(chunks, bytes);
      let offset = 0;
      needed = HEADER_BYTES;
      while (data.length - offset >= needed) {
        const length = data.readUInt32BE(offset);
        if (length > MAX_LINK_FRAME_BYTES) throw new RangeError(`link frame of ${length} bytes`);
        needed = HEADER_BYTES + length;
        if (data.length - offset < needed) break;
        const body = data.toString('utf8', offset + HEADER_BYTES, offset + needed);
        offset += needed;
        needed = HEADER_BYTES;
        onValue(JSON.parse(body));
      }
      chunks = offset < data.length ? [data.subarray(offset)] : [];
      bytes = data.length - offset;
    },
  };
}

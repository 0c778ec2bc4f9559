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
  let pending: Buffer = Buffer.alloc(0);
  return {
    push(chunk) {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      while (pending.length >= HEADER_BYTES) {
        const length = pending.readUInt32BE(0);
        if (length > MAX_LINK_FRAME_BYTES) throw new RangeError(`link frame of ${length} bytes`);
        if (pending.length < HEADER_BYTES + length) return;
        const body = pending.toString('utf8', HEADER_BYTES, HEADER_BYTES + length);
        pending = pending.subarray(HEADER_BYTES + length);
        onValue(JSON.parse(body));
      }
    },
  };
}

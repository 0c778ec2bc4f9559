import type { CreateVoiceDecoder } from '../../src/playout/decoder.ts';

/** Samples by where they came from. */
export interface DecodedSamples {
  /** Out of the packets themselves. */
  decoded: number;
  /** Out of the redundancy in the packet after a lost one. */
  recovered: number;
  /** Out of nothing: concealment. */
  invented: number;
}

/** Lowest number of a configuration that is CELT alone, which has no redundancy (RFC 6716, table 2). */
const FIRST_CELT_CONFIG = 16;
/** The flag that tells of redundancy follows that of voice in the first byte of a mono frame of 20 ms (RFC 6716, 4.2.3 and 4.2.4). */
const REDUNDANCY_BIT = 0x40;

/** Whether a mono Opus packet of one frame of 20 ms carries the frame before it a second time. */
export function hasRedundancy(payload: Uint8Array): boolean {
  const [toc = 0, first = 0] = payload;
  return toc >> 3 < FIRST_CELT_CONFIG && (first & REDUNDANCY_BIT) !== 0;
}

/** Decoders that count what they are asked for; without `fec` they never use redundancy and conceal instead. */
export function countDecoding(
  create: CreateVoiceDecoder,
  { fec }: { fec: boolean },
): { readonly createDecoder: CreateVoiceDecoder; readonly samples: DecodedSamples } {
  const samples: DecodedSamples = { decoded: 0, recovered: 0, invented: 0 };
  const createDecoder: CreateVoiceDecoder = (tag) => {
    const decoder = create(tag);
    return {
      decode(payload, wantsFec, count) {
        if (payload !== null && !wantsFec) samples.decoded += count;
        else if (payload !== null && fec && hasRedundancy(payload)) samples.recovered += count;
        else samples.invented += count;
        return fec || !wantsFec ? decoder.decode(payload, wantsFec, count) : decoder.decode(null, false, count);
      },
      close: () => decoder.close(),
    };
  };
  return { createDecoder, samples };
}

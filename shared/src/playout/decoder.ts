/**
 * Decodes one broadcast; has memory, so there is one for each. 48 kHz, mono, samples from -1 to 1. It never throws for bad
 * input: what cannot be decoded comes back as silence of the expected length.
 */
export interface VoiceDecoder {
  /**
   * - `payload` and no `fec`: the samples of that packet;
   * - `payload` and `fec`: the `samples` samples before that packet, from the redundancy in it (PLC where there is none);
   * - `null`: `samples` invented samples.
   * The result is only valid until the next call.
   */
  decode(payload: Uint8Array | null, fec: boolean, samples: number): Float32Array;
  /** Frees what it holds; nothing is called after it. */
  close(): void;
}

/** Makes the decoder of one broadcast. */
export type CreateVoiceDecoder = (tag: number) => VoiceDecoder;

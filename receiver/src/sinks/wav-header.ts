import { RTP_RATE_HZ } from '@loa/shared/protocol/limits';

export const WAV_HEADER_BYTES = 44;
export const BYTES_PER_SAMPLE = 2;

/** Header of a mono 16-bit file with this many bytes of samples. */
export function wavHeader(dataBytes: number): Buffer {
  const header = Buffer.alloc(WAV_HEADER_BYTES);
  header.write('RIFF', 0);
  header.writeUInt32LE(WAV_HEADER_BYTES - 8 + dataBytes, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(RTP_RATE_HZ, 24);
  header.writeUInt32LE(RTP_RATE_HZ * BYTES_PER_SAMPLE, 28);
  header.writeUInt16LE(BYTES_PER_SAMPLE, 32);
  header.writeUInt16LE(8 * BYTES_PER_SAMPLE, 34);
  header.write('data', 36);
  header.writeUInt32LE(dataBytes, 40);
  return header;
}

/** Samples from -1 to 1 → signed 16 bit, little-endian. */
export function toPcm16(samples: Float32Array): Buffer {
  const pcm = Buffer.allocUnsafe(samples.length * BYTES_PER_SAMPLE);
  samples.forEach((value, index) => {
    const scaled = Math.round(Math.max(-1, Math.min(1, value)) * 32_767);
    pcm.writeInt16LE(scaled, index * BYTES_PER_SAMPLE);
  });
  return pcm;
}

import { describe, expect, it } from 'vitest';
import { opusPacketSamples } from './opus-packet.ts';

/** A packet of this configuration and code, `length` bytes long. */
function packet(config: number, code: number, length: number, frames = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes[0] = (config << 3) | code;
  if (length > 1) bytes[1] = frames;
  return bytes;
}

describe('length of an Opus packet', () => {
  it.each([
    ['SILK 20 ms', packet(1, 0, 40), 960],
    ['SILK 60 ms', packet(3, 0, 40), 2_880],
    ['hybrid 10 ms', packet(14, 0, 40), 480],
    ['CELT 20 ms', packet(31, 0, 40), 960],
    ['two equal frames of 20 ms', packet(1, 1, 41), 1_920],
    ['two frames of 10 ms', packet(14, 2, 40), 960],
    ['three frames of 20 ms', packet(31, 3, 40, 3), 2_880],
    ['a silent frame without a body', packet(31, 0, 1), 960],
  ])('PO19: %s', (_name, bytes, samples) => {
    expect(opusPacketSamples(bytes)).toBe(samples);
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['more than a packet', packet(1, 0, 1_501)],
    ['no frames', packet(31, 3, 40, 0)],
    ['120 ms', packet(3, 1, 41)],
    ['two equal frames that cannot be equal', packet(1, 1, 40)],
    ['a count that is missing', packet(1, 3, 1)],
  ])('PO19: refuses %s', (_name, bytes) => {
    expect(opusPacketSamples(bytes)).toBeNull();
  });
});

/**
 * What the pump sends in place of a source that is away or stands still: 20 ms of digital silence (Opus code 3, one fullband
 * CELT frame) whose padding names it. Any player decodes it as silence; a receiver of ours knows that it is no sound, so it keeps
 * a broadcast present without ever counting as played.
 */
export const STAND_IN_PAYLOAD: Uint8Array = Uint8Array.of(0xfb, 0x41, 0x04, 0xff, 0xfe, 0x4c, 0x6f, 0x61, 0x00);

/** The stand-in that ends a broadcast on a bus: it says what the marker says, for receivers that cannot read the marker (pages). */
export const END_PAYLOAD: Uint8Array = Uint8Array.of(0xfb, 0x41, 0x04, 0xff, 0xfe, 0x4c, 0x6f, 0x61, 0x01);

/** Whether a payload is silence of the pump and no sound, the end included. */
export function isStandIn(payload: Uint8Array): boolean {
  return equal(payload, STAND_IN_PAYLOAD) || isEnd(payload);
}

/** PO9: whether a payload ends its broadcast on its bus. */
export function isEnd(payload: Uint8Array): boolean {
  return equal(payload, END_PAYLOAD);
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, index) => octet === b[index]);
}

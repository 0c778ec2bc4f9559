/**
 * What the pump sends in place of a source that is away or stands still, and at the end of a broadcast: 20 ms of digital silence
 * (Opus code 3, one fullband CELT frame) whose padding names it. Any player decodes it as silence; a receiver of ours knows that
 * it is no sound, so it keeps a broadcast present without ever counting as played.
 */
export const STAND_IN_PAYLOAD: Uint8Array = Uint8Array.of(0xfb, 0x41, 0x04, 0xff, 0xfe, 0x4c, 0x6f, 0x61, 0x00);

export function isStandIn(payload: Uint8Array): boolean {
  return (
    payload.length === STAND_IN_PAYLOAD.length && STAND_IN_PAYLOAD.every((octet, index) => payload[index] === octet)
  );
}

import type { ReceiverId, ZoneId } from '@loa/shared/ids';
import type { PlayoutRecord } from '@loa/shared/protocol/receivers';

/** A record of its own for each number. */
export function testRecord(number: number, renderedMs = 1_000, final = true): PlayoutRecord {
  return {
    id: `record-number-${String(number).padStart(6, '0')}`,
    receiverId: 'r-1' as ReceiverId,
    tag: 1 + number,
    rank: 76,
    zoneId: 'z' as ZoneId,
    firstSoundAt: 1_700_000_000_000,
    lastSoundAt: 1_700_000_001_000,
    renderedMs,
    lostPackets: 0,
    concealedMs: 0,
    levelDbfs: -20,
    final,
  };
}

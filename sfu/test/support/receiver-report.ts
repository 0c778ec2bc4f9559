import type { ReceiverReport, Sounding } from '@loa/shared/protocol/receivers';

/** What a receiver says that is well and sounds these. */
export function reportOf(sounding: readonly Sounding[], at: number = Date.now()): ReceiverReport {
  return {
    at,
    path: 'up',
    secondPath: false,
    sounding: [...sounding],
    levelDbfs: -20,
    volume: 80,
    muted: false,
    packets: 1,
    lostPackets: 0,
    concealedMs: 0,
    lateMs: 0,
    jitterMs: 0,
    clockOffsetMs: 0,
    clockErrorMs: 1,
    sink: 'wav',
    problem: null,
  };
}

/** What a loudspeaker reports that hears its path and plays nothing. */
export const REPORT = {
  at: 1,
  path: 'up',
  secondPath: false,
  sounding: [],
  levelDbfs: null,
  volume: 80,
  muted: false,
  packets: 99,
  lostPackets: 0,
  concealedMs: 0,
  lateMs: 0,
  jitterMs: 1,
  clockOffsetMs: 0,
  clockErrorMs: 1,
  sink: 'null',
  problem: null,
};

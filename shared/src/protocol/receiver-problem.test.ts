import { describe, expect, it } from 'vitest';
import { RECEIVER_PROBLEM_CODES, receiverReportSchema } from './receivers.ts';

const REPORT = {
  at: 1,
  path: 'up',
  sounding: [],
  levelDbfs: null,
  volume: 80,
  muted: false,
  packets: 0,
  lostPackets: 0,
  concealedMs: 0,
  lateMs: 0,
  jitterMs: 0,
  clockOffsetMs: null,
  clockErrorMs: null,
  sink: 'null',
  problem: 'something is wrong',
};

describe('problems of receivers', () => {
  it('PO71: a code that this version does not know spoils no report, and its words stay', () => {
    const report = receiverReportSchema.parse({ ...REPORT, problemCode: 'of-a-later-version' });
    expect(report).toMatchObject({ problemCode: null, problem: 'something is wrong' });
    expect(receiverReportSchema.parse(REPORT).problemCode).toBeUndefined();
    for (const problemCode of RECEIVER_PROBLEM_CODES)
      expect(receiverReportSchema.parse({ ...REPORT, problemCode }).problemCode).toBe(problemCode);
  });
});

import { zoneIdSchema } from '@loa/shared/broadcasts/commands';
import { receiverIdSchema, receiverReportSchema, type Assignment } from '@loa/shared/protocol/receivers';
import { describe, expect, test } from 'vitest';
import { NO_STATS } from './page-playout.ts';
import { pageReport, type PageFacts } from './page-report.ts';

const ASSIGNMENT: Assignment = {
  receiverId: receiverIdSchema.parse('web-1'),
  zoneId: zoneIdSchema.parse('z1'),
  path: [{ zoneId: zoneIdSchema.parse('z1'), name: 'Phường 1' }],
  whepUrl: 'http://127.0.0.1/whep',
  playoutDelayMs: 60,
  volume: 80,
  emergencyVolume: 100,
  muted: false,
  doors: [],
  serverTimeMs: 0,
};
const FACTS: PageFacts = {
  nowMs: 1_000.4,
  path: 'up',
  running: true,
  stalled: false,
  sounding: [{ tag: 1, rank: 76, role: 'main', firstSoundAt: 900 }],
  levelDbfs: -20,
  assignment: ASSIGNMENT,
  stats: { ...NO_STATS, delayMs: 60 },
  clock: null,
};

describe('what a page reports', () => {
  test('fits the protocol', () => {
    const report = pageReport(FACTS);
    expect(receiverReportSchema.safeParse(report).success).toBe(true);
    expect(report).toMatchObject({ path: 'up', levelDbfs: -20, volume: 80, problem: null });
    expect(report.sounding).toHaveLength(1);
  });

  test('PO17: while the browser holds the sound back nothing sounds, and the report says why', () => {
    const report = pageReport({ ...FACTS, running: false });
    expect(report).toMatchObject({ sounding: [], levelDbfs: null });
    expect(report.problem).toContain('blocks');
  });

  test('PO17: a page whose sound stands still does not claim to play, and says what to do', () => {
    const report = pageReport({ ...FACTS, stalled: true });
    expect(report).toMatchObject({ sounding: [], levelDbfs: null });
    expect(report.problem).toContain('sound card');
  });

  test('PO16: a page that plays behind the others says so', () => {
    expect(pageReport({ ...FACTS, stats: { ...NO_STATS, delayMs: 95 } }).problem).toContain('35 ms behind');
  });

  test('PO90: it blames what makes it late: its packets, its sound output, or both', () => {
    const problem = (extraDelayMs: number) =>
      pageReport({ ...FACTS, stats: { ...NO_STATS, delayMs: 95, extraDelayMs } }).problem;
    expect(problem(35)).toBe('packets come too late: playing 35 ms behind the others');
    expect(problem(0)).toBe('the sound output is slow: playing 35 ms behind the others');
    expect(problem(20)).toContain('output is slow and packets');
  });

  test('PO31: while the delay moves it is behind by what it plays later than the others now', () => {
    const assignment = { ...ASSIGNMENT, delayMove: { previousMs: 200, fromMs: 5_000 } };
    const problem = (delayMs: number) => pageReport({ ...FACTS, assignment, stats: { ...NO_STATS, delayMs } }).problem;
    expect(problem(200)).toBeNull();
    expect(problem(230)).toContain('30 ms');
  });

  test('PO74: what a page played a moment ago is judged by what was ordered then; nobody hears a few milliseconds', () => {
    const assignment = { ...ASSIGNMENT, delayMove: { previousMs: 200, fromMs: 0 } };
    // 200 to 60 ms takes 70 s; 10 s ago it was at 140 ms, now it is at 120 ms.
    const problem = (delayMs: number, delayAtMs: number | null) =>
      pageReport({ ...FACTS, nowMs: 40_000, assignment, stats: { ...NO_STATS, delayMs, delayAtMs } }).problem;
    expect(problem(140, 30_000)).toBeNull();
    expect(problem(140, null)).toContain('20 ms');
    expect(problem(124, null)).toBeNull();
  });

  test('PO71: each problem of a page has its code', () => {
    const code = (facts: Partial<PageFacts>) => pageReport({ ...FACTS, ...facts }).problemCode;
    expect(code({})).toBeNull();
    expect(code({ running: false })).toBe('sound-blocked');
    expect(code({ stalled: true })).toBe('sound-stalled');
    expect(code({ stats: { ...NO_STATS, delayMs: 95, extraDelayMs: 35 } })).toBe('late-packets');
    expect(code({ stats: { ...NO_STATS, delayMs: 95, extraDelayMs: 0 } })).toBe('slow-output');
    expect(code({ stats: { ...NO_STATS, delayMs: 95 } })).toBe('slow-output');
    expect(pageReport({ ...FACTS, stats: { ...NO_STATS, delayMs: 95 } }).behindMs).toBe(35);
  });
});

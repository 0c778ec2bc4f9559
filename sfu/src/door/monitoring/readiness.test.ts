import { describe, expect, it } from 'vitest';
import { type HealthFacts, readinessSchema, toReadiness } from './readiness.ts';

const WELL: HealthFacts = {
  pump: { logReachable: true, workers: { wanted: 2, alive: 2 }, places: { max: 9, taken: 8, full: false } },
  databaseAnswers: true,
  unstoredEvents: 0,
  draining: false,
  otherDoors: 1,
  clocks: [{ node: 'b', offsetMs: 3, errorMs: 6 }],
};
const readiness = (facts: Partial<HealthFacts> = {}) => readinessSchema.parse(toReadiness({ ...WELL, ...facts }));
const pump = (logReachable: boolean, alive: number, places = { max: 9, taken: 8, full: false }) => ({
  pump: { logReachable, workers: { wanted: 2, alive }, places },
});

describe('a node is ready', () => {
  it('when all is well, and then nothing is said to be wrong', () => {
    const { ready, degraded, parts } = readiness();
    expect([ready, degraded]).toEqual([true, []]);
    expect(Object.values(parts)).toEqual(Array.from({ length: 7 }, () => ({ ok: true, why: null })));
  });

  it('without the database: live work and emergencies go on', () => {
    const answer = readiness({ databaseAnswers: false, unstoredEvents: 7 });
    expect(answer).toMatchObject({ ready: true, degraded: ['database'], unstoredEvents: 7 });
    expect(answer.parts.database).toEqual({ ok: false, why: expect.stringContaining('live work goes on') as string });
  });

  it('as long as one media worker is alive', () => {
    const answer = readiness(pump(true, 1));
    expect(answer).toMatchObject({ ready: true, degraded: ['workers'] });
    expect(answer.parts.workers.why).toContain('1 of 2');
  });
});

describe('NP34: a full node', () => {
  it('is ready, for it serves those that it has, and says that it takes nobody else', () => {
    const answer = readiness(pump(true, 2, { max: 500, taken: 500, full: true }));
    expect(answer).toMatchObject({ ready: true, degraded: ['places'] });
    expect(answer.parts.places.why).toMatch(/500 listeners.*they go on.*another node/);
  });
});

describe('ND40: a node whose clock is not that of the others', () => {
  it('is ready, and says by how much, with which node, and what to do', () => {
    const clocks = [
      { node: 'b', offsetMs: 152.6, errorMs: 5.2 },
      { node: 'c', offsetMs: -90, errorMs: 5 },
      { node: 'd', offsetMs: 60, errorMs: 45 },
    ];
    const answer = readiness({ clocks });
    expect(answer).toMatchObject({ ready: true, degraded: ['clock'] });
    expect(answer.parts.clock.why).toContain('node b is 153 ± 6 ms ahead');
    expect(answer.parts.clock.why).toContain('node c is 90 ± 5 ms behind');
    expect(answer.parts.clock.why).not.toContain('node d');
    expect(answer.parts.clock.why).toContain('NTP');
  });
});

describe('LA1: a node whose log is away', () => {
  it('is ready: emergencies must find somebody who takes them', () => {
    const answer = readiness(pump(false, 2));
    expect(answer).toMatchObject({ ready: true, degraded: ['log'] });
    expect(answer.parts.log.why).toContain('emergencies');
  });
});

describe('a node is not ready', () => {
  it('without any media worker', () => {
    expect(readiness(pump(true, 0))).toMatchObject({ ready: false, degraded: ['workers'] });
  });

  it.each(['away', 'silent'] as const)('while its pump is %s, and then what the pump knows is unknown', (how) => {
    const answer = readiness({ pump: how });
    expect(answer).toMatchObject({ ready: false, degraded: ['pump', 'workers', 'places', 'log'] });
    for (const name of answer.degraded) expect(answer.parts[name].why).toMatch(/pump/);
  });

  it('ND5: while it is being emptied, and it says where its receivers go, or that they stay', () => {
    const answer = readiness({ draining: true });
    expect(answer).toMatchObject({ ready: false, degraded: ['node'] });
    expect(answer.parts.node.why).toContain('being emptied');
    const alone = readiness({ draining: true, otherDoors: 0 });
    expect(alone).toMatchObject({ ready: false, degraded: ['node'] });
    expect(alone.parts.node.why).toContain('stay');
  });
});

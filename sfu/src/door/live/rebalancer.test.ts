import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { REBALANCE } from '@loa/shared/nodes/rebalance';
import { type RebalancerOptions, startRebalancer } from './rebalancer.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Other {
  readonly node: string;
  readonly door: string;
}
const ROOMY: Other = { node: 'b', door: 'http://roomy' };

function setUp() {
  const asked: Array<readonly [number, readonly string[]]> = [];
  const facts = { others: [ROOMY] as readonly Other[], heard: true, takes: true, emergency: false };
  const options = {
    nodes: {
      openNodes: () => facts.others,
      get takesReceivers() {
        return facts.takes;
      },
    },
    peers: { receiversAt: () => (facts.heard ? 0 : null) },
    hub: {
      online: 100,
      spread(...given: readonly [number, readonly string[]]) {
        asked.push(given);
        return given[0];
      },
    },
    picture: {
      get state() {
        const broadcasts = new Map(facts.emergency ? [['alarm', { spec: { level: 3 } }]] : []);
        return { broadcasts } as unknown as RebalancerOptions['picture']['state'];
      },
    },
    log: pino({ level: 'silent' }),
  };
  const rebalancer = startRebalancer(options);
  const pass = (ms: number) => {
    asked.length = 0;
    vi.advanceTimersByTime(ms);
    return asked.length;
  };
  return { facts, asked, pass, rebalancer };
}

describe('ND15: a node that has more receivers than its share', () => {
  it('asks some of them to go when the others have been the same for long', () => {
    const { asked, pass, rebalancer } = setUp();
    expect(pass(REBALANCE.settledMs)).toBe(0);
    expect(pass(3 * REBALANCE.everyMs)).toBe(3);
    expect(asked[0]).toEqual([REBALANCE.atOnce, ['http://roomy']]);
    rebalancer.close();
  });

  it('waits again when one has come or gone, or cannot be heard', () => {
    const { facts, pass, rebalancer } = setUp();
    pass(REBALANCE.settledMs + REBALANCE.everyMs);
    facts.heard = false;
    expect(pass(REBALANCE.settledMs)).toBe(0);
    facts.heard = true;
    expect(pass(REBALANCE.settledMs)).toBe(0);
    expect(pass(2 * REBALANCE.everyMs)).toBe(2);
    facts.others = [ROOMY, { node: 'c', door: 'http://new' }];
    expect(pass(REBALANCE.settledMs)).toBe(0);
    rebalancer.close();
  });

  it('asks nobody during an emergency, or while it sends all of them away', () => {
    const { facts, pass, rebalancer } = setUp();
    pass(REBALANCE.settledMs + REBALANCE.everyMs);
    facts.emergency = true;
    expect(pass(5 * REBALANCE.everyMs)).toBe(0);
    facts.emergency = false;
    facts.takes = false;
    expect(pass(5 * REBALANCE.everyMs)).toBe(0);
    rebalancer.close();
  });
});

import { describe, expect, test } from 'vitest';
import { aBroadcast } from '../../../../test/support/zones.ts';
import { leavesNode, type Slot } from './leave-node.ts';

const slot = (level: 1 | 3, rest: Partial<Slot> = {}): Slot => ({
  running: true,
  view: aBroadcast({ level }),
  link: { connected: true, stuck: false },
  ...rest,
});
const STORED = { kind: 'segment', segmentId: 's', durationMs: 1_000 } as const;
const full = { connected: false, stuck: true } as const;

describe('a page leaves its node', () => {
  test('ND12: when it is told to, and not before', () => {
    expect(leavesNode('when-free', [slot(1)])).toBe(true);
    expect(leavesNode('when-free', [])).toBe(true);
    expect(leavesNode(null, [slot(1)])).toBe(false);
  });

  test('ND13: not for a first order while an emergency is spoken here', () => {
    expect(leavesNode('when-free', [slot(1), slot(3)])).toBe(false);
    expect(leavesNode('now', [slot(3)])).toBe(true);
    expect(leavesNode('when-free', [slot(3, { running: false })])).toBe(true);
    expect(leavesNode('when-free', [slot(3, { link: { connected: false, stuck: false } })])).toBe(true);
    expect(leavesNode('when-free', [slot(3, { view: aBroadcast({ level: 3, source: STORED }) })])).toBe(true);
  });

  test('ND4: when its sound finds no room there', () => {
    expect(leavesNode(null, [slot(1, { running: false, link: full })])).toBe(true);
    expect(leavesNode(null, [slot(3), slot(1, { link: full })])).toBe(false);
    expect(leavesNode(null, [slot(1, { link: { connected: false, stuck: false } })])).toBe(false);
    expect(leavesNode(null, [slot(3, { link: { connected: true, stuck: true } })])).toBe(true);
  });
});

import { SHARED_DELAY_MS } from '@loa/shared/protocol/limits';
import { buildZoneTree } from '@loa/shared/zones/zone-tree';
import { zoneIdSchema } from '@loa/shared/broadcasts/commands';
import { expect, test } from 'vitest';
import { ListenLag, listenDelayMs } from './listen-lag.ts';

const [CITY, WARD, OTHER] = ['c1', 'w1', 'w2'].map((id) => zoneIdSchema.parse(id)) as [never, never, never];

function aTree(cityDelayMs: number | null, wardDelayMs: number | null) {
  const zone = { code: '', lat: null, lng: null, population: null };
  const built = buildZoneTree([
    { ...zone, id: CITY, parentId: null, kind: 'city', name: 'City', playoutDelayMs: cityDelayMs },
    { ...zone, id: WARD, parentId: CITY, kind: 'ward', name: 'One', playoutDelayMs: wardDelayMs },
    { ...zone, id: OTHER, parentId: CITY, kind: 'ward', name: 'Two' },
  ]);
  if (!built.ok) throw new Error('no tree');
  return built.value;
}

test('PO91: a browser is asked for the delay of the nearest zone with one of its own, else the usual one', () => {
  expect(listenDelayMs(aTree(300, 120), WARD)).toBe(120);
  expect(listenDelayMs(aTree(300, 120), OTHER)).toBe(300);
  expect(listenDelayMs(aTree(null, 120), OTHER)).toBe(SHARED_DELAY_MS);
  expect(listenDelayMs(null, WARD)).toBe(SHARED_DELAY_MS);
});

const stats = (jitterBufferDelay: number, jitterBufferEmittedCount: number) => [
  { type: 'inbound-rtp', jitterBufferDelay, jitterBufferEmittedCount },
  { type: 'candidate-pair', nominated: false, currentRoundTripTime: 9 },
  { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.1 },
];

test('PO91: how far behind live it is comes from the last seconds and half a round trip', () => {
  const lag = new ListenLag();
  expect(lag.note(stats(0.2 * 48_000, 48_000))).toBeCloseTo(250);
  expect(lag.note(stats(0.2 * 48_000 + 96_000, 144_000))).toBeCloseTo(1_050);
});

test('PO91: what was not measured is not said', () => {
  const lag = new ListenLag();
  expect(lag.note(stats(0, 0))).toBeNull();
  expect(lag.note(stats(9_600, 48_000).slice(0, 2))).toBeNull();
  expect(lag.note([])).toBeNull();
});

import { expect, it } from 'vitest';
import { Presence } from './presence.ts';
import { SAMPLES_PER_MS } from './stamp-sample.ts';

const PACKET = 20 * SAMPLES_PER_MS;

it('PO18: a broadcast that goes on for days over paths that are joined again and again keeps those of the last minute', () => {
  const presence = new Presence<string>();
  let at = 0;
  for (let path = 0; path < 1_000; path++)
    for (let n = 0; n < 200; n++, at += PACKET) presence.note(`${path}/zone`, at, PACKET, false);
  expect(presence.buses().length).toBeLessThan(20);
  expect([presence.isIn(at - 1), presence.isIn(at - 30_000 * SAMPLES_PER_MS), presence.isOver(at - 1)]).toEqual([
    true,
    true,
    false,
  ]);
});

it('PO8: a bus that was silent for long and comes back is present from its new sample on', () => {
  const presence = new Presence<string>();
  presence.note('a', 0, PACKET, false);
  const late = 120_000 * SAMPLES_PER_MS;
  presence.note('b', late, PACKET, false);
  presence.note('a', late + PACKET, PACKET, false);
  expect(presence.isIn(late + PACKET)).toBe(true);
  expect(presence.isIn(60_000 * SAMPLES_PER_MS)).toBe(false);
});

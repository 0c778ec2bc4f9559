import { expect, it } from 'vitest';
import { zonePathsOf } from './zone-paths.ts';

it('every zone has the line of its place; one without a line has no name', () => {
  expect(zonePathsOf(['w1', 'w2', 'w3'], 'City › One\nCity › Two')).toEqual({ w1: 'City › One', w2: 'City › Two' });
});

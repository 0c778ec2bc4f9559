import { describe, expect, it } from 'vitest';
import { refuseSecondPath } from './second-path.ts';

const FACTS = { isHere: false, isElsewhere: true, draining: false, silent: false };

describe('NP20: a second path', () => {
  it('is for a receiver that is connected to another node', () => {
    expect(refuseSecondPath(FACTS)).toBeNull();
  });

  it.each([
    ['connected here, also while another door says so too', { isHere: true }, 'conflict'],
    ['connected nowhere', { isElsewhere: false }, 'not-found'],
    ['at a node that is being emptied', { draining: true }, 'unavailable'],
    ['at a node without sound', { silent: true }, 'unavailable'],
  ])('is refused: %s', (_why, facts, code) => {
    expect(refuseSecondPath({ ...FACTS, ...facts })).toMatchObject({ code });
  });
});

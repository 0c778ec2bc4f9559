import { expect, test } from 'vitest';
import { aSegment } from '../../../../test/support/zones.ts';
import { isChimeGone } from './chime-choice.ts';

test('a chime that is not in the library any more is gone; one of ours never is, and none while the library is not known', () => {
  const known = { known: true, segments: [aSegment('bell', { purpose: 'chime' })] };
  expect(['none', 'three', 'attention', 'bell', 'deleted'].filter((chime) => isChimeGone(chime, known))).toEqual([
    'deleted',
  ]);
  expect(isChimeGone('deleted', { known: false, segments: [] })).toBe(false);
});

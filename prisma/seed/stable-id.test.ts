import { expect, it } from 'vitest';
import { stableId } from './stable-id.ts';

it('makes a version 5 UUID that depends on the name alone', () => {
  expect(stableId('ward/26506')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(stableId('ward/26506')).toBe(stableId('ward/26506'));
  expect(stableId('ward/26506')).not.toBe(stableId('ward/26508'));
});

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalJson, hashEvent } from './event-hash.ts';

const EVENT = {
  type: 'broadcast-extended',
  broadcastId: 'a',
  by: { id: 'p', name: 'Bến Đình' },
  expiresAt: 5,
} as const;

it('does not depend on the order in which a database gives keys back', () => {
  const shuffled = { expiresAt: 5, by: { name: 'Bến Đình', id: 'p' }, broadcastId: 'a', type: 'broadcast-extended' };
  expect(hashEvent('', 1, 2, shuffled as never)).toBe(hashEvent('', 1, 2, EVENT as never));
});

it('changes with every part', () => {
  const first = hashEvent('', 1, 2, EVENT as never);
  const others = [
    hashEvent('x', 1, 2, EVENT as never),
    hashEvent('', 2, 2, EVENT as never),
    hashEvent('', 1, 3, EVENT as never),
    hashEvent('', 1, 2, { ...EVENT, expiresAt: 6 } as never),
  ];
  expect(new Set([first, ...others]).size).toBe(5);
});

it('what JSON keeps of a value has the same text as the value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      expect(canonicalJson(JSON.parse(JSON.stringify({ value })))).toBe(canonicalJson({ value }));
    }),
  );
  expect(canonicalJson({ b: undefined, a: [1, null] })).toBe('{"a":[1,null]}');
});

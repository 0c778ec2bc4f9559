import { describe, expect, it } from 'vitest';
import { selectRoles, type Candidate } from './selection.ts';

const candidate = (tag: number, rank: number, overlay = false): Candidate => ({ tag, rank, overlay });
const roles = (...candidates: Candidate[]): object => Object.fromEntries(selectRoles(candidates));

describe('who is heard', () => {
  it('PO6: the highest rank, among equals the lowest tag, in whatever order they come', () => {
    expect(roles()).toEqual({});
    expect(roles(candidate(1, 76), candidate(2, 220), candidate(3, 140))).toEqual({ 2: 'main' });
    expect(roles(candidate(9, 76), candidate(4, 76), candidate(7, 76))).toEqual({ 4: 'main' });
    expect(roles(candidate(7, 76), candidate(4, 76), candidate(9, 76))).toEqual({ 4: 'main' });
  });

  it('PO7: an overlay is heard over the highest replacing one, which is ducked', () => {
    expect(roles(candidate(1, 76), candidate(2, 20), candidate(3, 140, true))).toEqual({ 3: 'overlay', 1: 'ducked' });
    expect(roles(candidate(3, 140, true))).toEqual({ 3: 'overlay' });
  });

  it('PO7: only one overlay is heard, and none below a replacing broadcast of higher rank', () => {
    expect(roles(candidate(3, 140, true), candidate(4, 150, true), candidate(1, 76))).toEqual({
      4: 'overlay',
      1: 'ducked',
    });
    expect(roles(candidate(3, 140, true), candidate(2, 220), candidate(1, 76))).toEqual({ 2: 'main' });
  });
});

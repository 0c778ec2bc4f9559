/**
 * A set of leaves of one zone tree: sorted, disjoint, non-adjacent half-open ranges of leaf numbers, flat
 * (`[from, to, from, to, …]`). Every question about zones is answered on such sets, so its cost depends on how
 * ragged the sets are and not on how many loudspeakers they contain.
 */
export type LeafSet = readonly number[];

export const EMPTY_LEAF_SET: LeafSet = Object.freeze([]);

export function isEmpty(set: LeafSet): boolean {
  return set.length === 0;
}

/** Any ranges, in any order and overlapping as they like, as a set. */
export function leafSetFromRanges(ranges: ReadonlyArray<readonly [from: number, to: number]>): LeafSet {
  const sorted = ranges.filter(([from, to]) => from < to).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const set: number[] = [];
  for (const [from, to] of sorted) append(set, from, to);
  return set;
}

export function union(a: LeafSet, b: LeafSet): LeafSet {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const out: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (j >= b.length || (i < a.length && at(a, i) <= at(b, j))) {
      append(out, at(a, i), at(a, i + 1));
      i += 2;
    } else {
      append(out, at(b, j), at(b, j + 1));
      j += 2;
    }
  }
  return out;
}

export function intersect(a: LeafSet, b: LeafSet): LeafSet {
  const out: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const from = Math.max(at(a, i), at(b, j));
    const to = Math.min(at(a, i + 1), at(b, j + 1));
    if (from < to) out.push(from, to);
    if (at(a, i + 1) < at(b, j + 1)) i += 2;
    else j += 2;
  }
  return out;
}

/** The leaves of `a` that are not in `b`. */
export function subtract(a: LeafSet, b: LeafSet): LeafSet {
  if (a.length === 0 || b.length === 0) return a;
  const out: number[] = [];
  let j = 0;
  for (let i = 0; i < a.length; i += 2) {
    let from = at(a, i);
    const to = at(a, i + 1);
    while (j < b.length && at(b, j + 1) <= from) j += 2;
    for (let k = j; k < b.length && at(b, k) < to; k += 2) {
      if (from < at(b, k)) out.push(from, at(b, k));
      from = Math.max(from, at(b, k + 1));
    }
    if (from < to) out.push(from, to);
  }
  return out;
}

/** Whether all leaves from `from` (inclusive) to `to` (exclusive) are in the set. */
export function containsRange(set: LeafSet, from: number, to: number): boolean {
  const i = lastRangeStartingAtOrBefore(set, from);
  return i >= 0 && at(set, i + 1) >= to;
}

/** Whether any leaf from `from` (inclusive) to `to` (exclusive) is in the set. */
export function touchesRange(set: LeafSet, from: number, to: number): boolean {
  const i = lastRangeStartingAtOrBefore(set, to - 1);
  return i >= 0 && at(set, i + 1) > from;
}

/** Position of the last range that starts at or before `leaf`, or -1; ranges are found by halving. */
function lastRangeStartingAtOrBefore(set: LeafSet, leaf: number): number {
  let low = 0;
  let high = set.length >> 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(set, middle * 2) <= leaf) low = middle + 1;
    else high = middle;
  }
  return (low - 1) * 2;
}

/** Adds a range that starts at or after every start so far, merging it with the last one when they touch. */
function append(set: number[], from: number, to: number): void {
  const end = set.at(-1);
  if (end !== undefined && from <= end) set[set.length - 1] = Math.max(end, to);
  else set.push(from, to);
}

/** The sets are flat pairs, so a position below the length always holds a number. */
function at(set: LeafSet, position: number): number {
  return set[position] as number;
}

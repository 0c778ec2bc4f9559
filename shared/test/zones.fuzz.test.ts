import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ZoneId } from '../src/ids.ts';
import { buildZoneTree, type ZoneTree } from '../src/zones/zone-tree.ts';
import type { Zone } from '../src/zones/zone.ts';
import { treeOf, zone } from './support/city.ts';
import { FUZZ_RUNS, FUZZ_SEED } from './support/fuzz-settings.ts';

const TREES = Math.ceil(FUZZ_RUNS / 20);

/** A random tree of up to 24 zones: every zone hangs below an earlier one that is not too deep. */
const rows = fc.array(fc.nat(), { maxLength: 23 }).map((choices) => {
  const all: Zone[] = [zone('z0', null)];
  const depth = new Map([['z0', 1]]);
  for (const [index, choice] of choices.entries()) {
    const parents = all.filter((row) => (depth.get(row.id) ?? 0) < 6);
    const parent = parents[choice % parents.length] as Zone;
    const id = `z${index + 1}`;
    all.push(zone(id, parent.id));
    depth.set(id, (depth.get(parent.id) ?? 0) + 1);
  }
  return all;
});

/** Leaves under some zones, found by walking up from every leaf. */
function leavesByWalking(all: readonly Zone[], ids: readonly ZoneId[]): ZoneId[] {
  const parentOf = new Map(all.map((row) => [row.id, row.parentId]));
  const inner = new Set(all.map((row) => row.parentId));
  const isUnder = (leaf: ZoneId | null | undefined): boolean =>
    leaf !== null && leaf !== undefined && (ids.includes(leaf) || isUnder(parentOf.get(leaf)));
  return all
    .map((row) => row.id)
    .filter((id) => !inner.has(id) && isUnder(id))
    .sort();
}

const leavesOf = (tree: ZoneTree, ids: readonly ZoneId[]): ZoneId[] =>
  [...new Set(ids.flatMap((id) => tree.leavesUnder(id)))].sort();

describe(`zone trees, ${TREES} random trees, seed ${FUZZ_SEED}`, () => {
  const pick = (all: readonly Zone[], mask: number) => all.filter((_, i) => (mask >> i) & 1).map((row) => row.id);
  const mask = fc.nat({ max: 0xffffff });

  it('ZT3: the covering set means the same leaves and no smaller set does', () => {
    const property = fc.property(rows, mask, (all, chosen) => {
      const tree = treeOf(all);
      const ids = pick(all, chosen);
      const cover = tree.smallestCoveringSet(ids);
      expect(leavesOf(tree, cover)).toEqual(leavesByWalking(all, ids));
      // Maximal zones of a set of leaves are the fewest: every other covering set splits one of them.
      for (const id of cover) {
        const parent = tree.zoneById(id)?.parentId;
        if (parent)
          expect(leavesByWalking(all, [parent]).every((leaf) => leavesOf(tree, cover).includes(leaf))).toBe(false);
      }
      expect(tree.smallestCoveringSet([...ids].reverse())).toEqual(cover);
    });
    fc.assert(property, { seed: FUZZ_SEED, numRuns: TREES });
  });

  it('ZT4: subtracting leaves exactly the other leaves', () => {
    const property = fc.property(rows, mask, mask, (all, chosen, taken) => {
      const tree = treeOf(all);
      const [ids, minus] = [pick(all, chosen), pick(all, taken)];
      const gone = leavesByWalking(all, minus);
      const left = leavesByWalking(all, ids).filter((leaf) => !gone.includes(leaf));
      const answer = tree.subtract(ids, minus);
      expect(leavesOf(tree, answer)).toEqual(left);
      expect(answer).toEqual(tree.smallestCoveringSet(left));
    });
    fc.assert(property, { seed: FUZZ_SEED, numRuns: TREES });
  });

  it('ZT1, ZT2: rows in any order give the same tree, and covers agrees with the path', () => {
    const property = fc.property(rows, fc.infiniteStream(fc.nat()), (all, stream) => {
      const shuffled = all
        .map((row) => ({ row, key: stream.next().value as number }))
        .sort((a, b) => a.key - b.key)
        .map(({ row }) => row);
      const tree = treeOf(all);
      expect(treeOf(shuffled).zones).toEqual(tree.zones);
      for (const outer of all) {
        for (const inner of all) {
          expect(tree.covers(outer.id, inner.id)).toBe(tree.pathTo(inner.id).includes(outer.id));
        }
      }
    });
    fc.assert(property, { seed: FUZZ_SEED, numRuns: TREES });
  });

  it('ZT1: any rows at all give a tree or a list of problems, never a throw or a wrong tree', () => {
    const row = fc.tuple(fc.nat({ max: 9 }), fc.option(fc.nat({ max: 9 })));
    const property = fc.property(fc.array(row, { maxLength: 10 }), (pairs) => {
      const all = pairs.map(([id, parent]) => zone(`z${id}`, parent === null ? null : `z${parent}`));
      const built = buildZoneTree(all);
      if (!built.ok) {
        expect(built.error.length).toBeGreaterThan(0);
        return;
      }
      expect(built.value.zones.map(({ id }) => id).sort()).toEqual(all.map(({ id }) => id).sort());
      for (const { id, parentId } of all) expect(built.value.pathTo(id).at(-2) ?? null).toBe(parentId);
    });
    fc.assert(property, { seed: FUZZ_SEED, numRuns: TREES });
  });
});

import type { ZoneId } from '@loa/shared/ids';
import { compareZones, searchZones } from '@loa/shared/zones/search';
import type { Zone } from '@loa/shared/zones/zone';
import type { ZoneTree } from '@loa/shared/zones/zone-tree';

export interface ZoneRow {
  readonly zone: Zone;
  /** 1 at the root. */
  readonly depth: number;
  readonly parent: boolean;
  readonly expanded: boolean;
}

/** Rows of the tree that are open now, in reading order. */
export function visibleRows(tree: ZoneTree, expanded: ReadonlySet<string>): readonly ZoneRow[] {
  const rows: ZoneRow[] = [];
  const visit = (id: ZoneId, depth: number): void => {
    const zone = tree.zoneById(id);
    if (!zone) return;
    const children = tree.childrenOf(id);
    const open = expanded.has(id);
    rows.push({ zone, depth, parent: children.length > 0, expanded: open });
    if (!open) return;
    const ordered = children.flatMap((child) => tree.zoneById(child) ?? []).sort(compareZones);
    for (const child of ordered) visit(child.id, depth + 1);
  };
  visit(tree.root, 1);
  return rows;
}

/** Rows of a search that are drawn; whoever looks for one of more types more. */
const MAX_FOUND = 60;

/** What a search finds, flat; `more`: so many are found that are not shown. */
export function foundRows(tree: ZoneTree, query: string): { readonly rows: readonly ZoneRow[]; readonly more: number } {
  const found = searchZones(tree, query, Infinity);
  const rows = found.slice(0, MAX_FOUND).map((zone) => ({ zone, depth: 1, parent: false, expanded: false }));
  return { rows, more: found.length - rows.length };
}

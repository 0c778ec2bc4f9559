import type { ZoneId } from '../ids.ts';
import type { ZoneTree } from './zone-tree.ts';
import type { Zone } from './zone.ts';

const COMBINING_MARKS = /[\u0300-\u036f]/g;
const WORD_BREAKS = /[^\p{L}\p{N}]+/u;
const VIETNAMESE_ORDER = new Intl.Collator('vi', { numeric: true, sensitivity: 'variant' });

/** ZT6: without diacritics, case and surplus spaces: `Hoà`, `Hòa` and `HOA` become `hoa`, `Đồi` becomes `doi`. */
export function foldVietnamese(text: string): string {
  return text
    .normalize('NFD')
    .replace(COMBINING_MARKS, '')
    .toLowerCase()
    .replaceAll('đ', 'd')
    .replace(/\s+/g, ' ')
    .trim();
}

/** ZT7: for showing: Vietnamese alphabet, numbers by value (Phường 2 before Phường 10), then id. */
export function compareZones(a: Zone, b: Zone): number {
  return VIETNAMESE_ORDER.compare(a.name, b.name) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** How well one typed word fits a zone; the sum over all words orders the answers. */
const FIT = { wholeWord: 8, startOfWord: 5, insideWord: 2, above: 1, none: 0 } as const;

/** Fewer characters of a code are noise: "2" would find every unit of a province. */
const MIN_CODE_CHARACTERS = 3;

/** A zone as it is searched: its folded words, and those of the zones above it. */
interface Entry {
  readonly zone: Zone;
  readonly name: readonly string[];
  readonly code: string;
  readonly above: readonly Entry[];
}

/** Folding ten thousand names takes longer than a person waits for the next letter; a tree never changes. */
const remembered = new WeakMap<ZoneTree, readonly Entry[]>();

/**
 * ZT6: zones for which every typed word is found in the name or code of the zone or of a zone above it, and at least
 * one in the zone itself; best fit first, then higher zones, then `compareZones`.
 */
export function searchZones(tree: ZoneTree, query: string, limit = 50): Zone[] {
  const typed = wordsOf(query);
  if (typed.length === 0) return [];
  return entriesOf(tree)
    .map((entry) => ({ entry, score: scoreOf(typed, entry) }))
    .filter(({ score }) => score > 0)
    .sort(
      (a, b) =>
        b.score - a.score || a.entry.above.length - b.entry.above.length || compareZones(a.entry.zone, b.entry.zone),
    )
    .slice(0, limit)
    .map(({ entry }) => entry.zone);
}

function entriesOf(tree: ZoneTree): readonly Entry[] {
  const known = remembered.get(tree);
  if (known) return known;
  const byId = new Map<ZoneId, Entry>();
  for (const zone of tree.zones) {
    const parent = zone.parentId === null ? undefined : byId.get(zone.parentId);
    const above = parent ? [...parent.above, parent] : [];
    byId.set(zone.id, { zone, name: wordsOf(zone.name), code: foldVietnamese(zone.code), above });
  }
  const entries = [...byId.values()];
  remembered.set(tree, entries);
  return entries;
}

function wordsOf(text: string): string[] {
  return foldVietnamese(text)
    .split(WORD_BREAKS)
    .filter((word) => word !== '');
}

function scoreOf(typed: readonly string[], own: Entry): number {
  let score = 0;
  let inItself = false;
  for (const word of typed) {
    const fit = bestFit(word, own);
    if (fit !== FIT.none) inItself = true;
    else if (!own.above.some((entry) => bestFit(word, entry) >= FIT.startOfWord)) return 0;
    score += fit === FIT.none ? FIT.above : fit;
  }
  return inItself ? score : 0;
}

function bestFit(word: string, { name, code }: Entry): number {
  if (name.includes(word) || word === code) return FIT.wholeWord;
  if (name.some((candidate) => candidate.startsWith(word))) return FIT.startOfWord;
  if (word.length >= MIN_CODE_CHARACTERS && code.startsWith(word)) return FIT.startOfWord;
  // A digit inside a number is another number: "2" must not find "12".
  return !/^\d+$/.test(word) && name.some((candidate) => candidate.includes(word)) ? FIT.insideWord : FIT.none;
}

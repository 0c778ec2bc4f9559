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

interface Words {
  readonly name: readonly string[];
  readonly code: string;
}

/**
 * ZT6: zones for which every typed word is found in the name or code of the zone or of a zone above it, and at least
 * one in the zone itself; best fit first, then higher zones, then `compareZones`.
 */
export function searchZones(tree: ZoneTree, query: string, limit = 50): Zone[] {
  const typed = words(query);
  if (typed.length === 0) return [];
  const wordsById = new Map<ZoneId, Words>();
  const found: Array<{ zone: Zone; score: number; depth: number }> = [];
  for (const zone of tree.zones) {
    const own = { name: words(zone.name), code: foldVietnamese(zone.code) };
    wordsById.set(zone.id, own);
    const path = tree.pathTo(zone.id);
    const above = path.slice(0, -1).flatMap((id) => wordsById.get(id) ?? []);
    const score = scoreOf(typed, own, above);
    if (score > 0) found.push({ zone, score, depth: path.length });
  }
  found.sort((a, b) => b.score - a.score || a.depth - b.depth || compareZones(a.zone, b.zone));
  return found.slice(0, limit).map((hit) => hit.zone);
}

function words(text: string): string[] {
  return foldVietnamese(text)
    .split(WORD_BREAKS)
    .filter((word) => word !== '');
}

function scoreOf(typed: readonly string[], own: Words, above: readonly Words[]): number {
  let score = 0;
  let inItself = false;
  for (const word of typed) {
    const fit = bestFit(word, own);
    if (fit !== FIT.none) inItself = true;
    else if (!above.some((words) => bestFit(word, words) >= FIT.startOfWord)) return 0;
    score += fit === FIT.none ? FIT.above : fit;
  }
  return inItself ? score : 0;
}

function bestFit(word: string, { name, code }: Words): number {
  if (name.includes(word) || word === code) return FIT.wholeWord;
  if (name.some((candidate) => candidate.startsWith(word))) return FIT.startOfWord;
  if (word.length >= MIN_CODE_CHARACTERS && code.startsWith(word)) return FIT.startOfWord;
  // A digit inside a number is another number: "2" must not find "12".
  return !/^\d+$/.test(word) && name.some((candidate) => candidate.includes(word)) ? FIT.insideWord : FIT.none;
}

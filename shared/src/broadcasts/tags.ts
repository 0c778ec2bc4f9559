import { MAX_TAG } from '../protocol/csrc.ts';
import type { StartSpec } from './commands.ts';
import { LEVEL } from './rank.ts';
import type { LiveState } from './state.ts';

/** BR22: tags up to here are counted; those above, up to `MAX_TAG`, follow from the id of an emergency. */
export const MAX_COUNTED_TAG = 0x3fffff;
const DERIVED_TAGS = MAX_TAG - MAX_COUNTED_TAG;

/** BR22: the counted tag to try next, when the one to try was `nextTag` and `given` was given out. */
export function nextTagAfter(nextTag: number, given: number): number {
  return given > MAX_COUNTED_TAG ? nextTag : (given % MAX_COUNTED_TAG) + 1;
}

/** BR22: a tag that no live broadcast has. LA5: that of an emergency does not depend on what this node has decided before. */
export function freeTag({ nextTag, broadcasts }: Pick<LiveState, 'nextTag' | 'broadcasts'>, spec: StartSpec): number {
  const taken = new Set([...broadcasts.values()].map(({ tag }) => tag));
  if (spec.level === LEVEL.emergency) {
    let offset = hashOf(spec.id) % DERIVED_TAGS;
    while (taken.has(MAX_COUNTED_TAG + 1 + offset)) offset = (offset + 1) % DERIVED_TAGS;
    return MAX_COUNTED_TAG + 1 + offset;
  }
  let tag = nextTag;
  while (taken.has(tag)) tag = nextTagAfter(tag, tag);
  return tag;
}

/** FNV-1a of 32 bits; short, the same everywhere, and even enough for a number that only has to differ. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  // Its low bits alone would follow the last letter too closely.
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** The four levels of `SPEC.md` RK1, in the order in which they outrank each other. */
export const LEVEL = { background: 0, normal: 1, priority: 2, emergency: 3 } as const;
export type Level = (typeof LEVEL)[keyof typeof LEVEL];

/** Authority of whoever speaks inside one level: 0 (lowest) to 7. Ward 1, city or province 3, national 4. */
export type Authority = number;

export const MAX_AUTHORITY = 7;
/** Bits 0 and 1 of a rank stay free, so that a later rule can refine the order without moving the others. */
const LIVE_BIT = 4;

/** RK1: the one number, 0 to 255, that decides. Level before authority before live. */
export function rankOf(speaker: {
  readonly level: Level;
  readonly authority: Authority;
  readonly live: boolean;
}): number {
  return speaker.level * 64 + speaker.authority * 8 + (speaker.live ? LIVE_BIT : 0);
}

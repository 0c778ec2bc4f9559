/** The four levels of `SPEC.md` RK1, in the order in which they outrank each other. */
export const LEVEL = { background: 0, normal: 1, priority: 2, emergency: 3 } as const;
export type Level = (typeof LEVEL)[keyof typeof LEVEL];

/** Ranks of one level. */
const RANKS_PER_LEVEL = 64;
/** Ranks from here on are emergencies. */
export const EMERGENCY_RANK = LEVEL.emergency * RANKS_PER_LEVEL;

/** Authority of whoever speaks inside one level: 0 (lowest) to 7. Ward 1, city or province 3, national 4. */
export type Authority = number;

export const MAX_AUTHORITY = 7;
/**
 * RK1: the one number, 0 to 255, that decides. Level before authority before live; in an emergency live before authority
 * (ADR 0014). Bits 0 and 1 stay free, so that a later rule can refine the order without moving the others.
 */
export function rankOf(speaker: {
  readonly level: Level;
  readonly authority: Authority;
  readonly live: boolean;
}): number {
  const live = speaker.live ? 1 : 0;
  const within =
    speaker.level === LEVEL.emergency ? live * 32 + speaker.authority * 4 : speaker.authority * 8 + live * 4;
  return speaker.level * RANKS_PER_LEVEL + within;
}

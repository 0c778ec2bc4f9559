import type { BroadcastView } from '@loa/shared/protocol/live';

export type LevelNumber = BroadcastView['level'];

/** Highest first, as people choose them. */
export const LEVELS: readonly LevelNumber[] = [3, 2, 1, 0];

export function levelColor(level: LevelNumber): string {
  return `var(--color-level-${level})`;
}

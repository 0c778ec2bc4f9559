import { chance } from '../../receiver/test/support/chirps.ts';

/**
 * Chance that belongs to a number: from 0 to 1, the same for the same number whatever order they are asked for in. Trials that differ in one thing
 * only are so spared everything else that chance might make different.
 */
export function numberedChance(seed: number): (index: number) => number {
  const next = chance(seed);
  const drawn: number[] = [];
  return (index) => {
    while (drawn.length <= index) drawn.push(next());
    return drawn[index] ?? 1;
  };
}

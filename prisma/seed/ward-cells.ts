import { type Point, type Ring, clipNearer } from './geometry.ts';
import { ISLANDS, MAINLAND } from './outline.ts';
import { ISLAND_WARD_CODE, WARDS, type WardData } from './wards.ts';

const centreOf = ({ lng, lat }: WardData): Point => [lng, lat];

/**
 * The land of a ward, roughly: of the peninsula, whatever is nearer to this ward's centre than to any other's.
 * True boundaries are not used because no free set of 2023 boundaries is at hand.
 */
export const wardCell = (ward: WardData): readonly Ring[] => {
  if (ward.code === ISLAND_WARD_CODE) return ISLANDS;
  const others = WARDS.filter(({ code }) => code !== ward.code && code !== ISLAND_WARD_CODE);
  return [others.reduce<Ring>((ring, other) => clipNearer(ring, centreOf(ward), centreOf(other)), MAINLAND)];
};

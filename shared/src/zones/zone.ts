import { z } from 'zod';
import { zoneIdSchema } from '../broadcasts/commands.ts';
import { playoutDelaySchema } from '../protocol/playout-delay.ts';

export const ZONE_KINDS = ['city', 'ward', 'neighbourhood', 'cluster'] as const;

/** A node of the zone tree as it is sent to programs and pages; one version of one unit. */
export const zoneSchema = z.object({
  id: zoneIdSchema,
  parentId: zoneIdSchema.nullable(),
  kind: z.enum(ZONE_KINDS),
  /** Official unit code or site code: an attribute, never a key. */
  code: z.string().max(40),
  name: z.string().min(1).max(200),
  lat: z.number().min(-90).max(90).nullable(),
  lng: z.number().min(-180).max(180).nullable(),
  population: z.number().int().nonnegative().nullable(),
  /** PO33: playout delay of the receivers in it, in ms, where an administrator has set one. */
  playoutDelayMs: playoutDelaySchema.nullable().optional(),
});
export type Zone = z.infer<typeof zoneSchema>;

import { z } from 'zod';
import { broadcastIdSchema, zoneIdSchema } from './commands.ts';

/** Why a command was not carried out. Codes are never renamed; people see a translation. */
export const REFUSAL_CODES = [
  /** A zone that the tree does not have; `detail` is its id. */
  'unknown-zone',
  'unknown-broadcast',
  /** It would be heard nowhere and does not wait; `holders` says who keeps which of its zones. */
  'zones-taken',
  'too-many-broadcasts',
  /** Another start command has used this broadcast id. */
  'duplicate-id',
  /** Only in previews: this start command was carried out before. */
  'already-started',
  /** `detail` is the broadcast that uses the source; BR29: never one below an emergency that asks for it. */
  'source-in-use',
  /** No such source is connected to the media server; `detail` is its id. */
  'unknown-source',
  /** Live speech cannot stand still. */
  'not-pausable',
  /** It is still waiting for its zones. */
  'not-on-air',
  'not-live-source',
  'not-stored-source',
  /** Its time was up at the instant of the command. */
  'life-over',
  /** It ended before; `detail` is the reason where it is known. */
  'already-ended',
  /** EL9: the log that all nodes share cannot be reached at present, or does not keep what it is given; try again. */
  'log-away',
] as const;
export const refusalCodeSchema = z.enum(REFUSAL_CODES);
export type RefusalCode = z.infer<typeof refusalCodeSchema>;

/** A zone and the broadcast that is heard in it. */
export const holderSchema = z.object({ zone: zoneIdSchema, broadcastId: broadcastIdSchema });
export type Holder = z.infer<typeof holderSchema>;

export const refusalSchema = z.object({
  code: refusalCodeSchema,
  detail: z.string().optional(),
  holders: z.array(holderSchema).optional(),
});
export type Refusal = z.infer<typeof refusalSchema>;

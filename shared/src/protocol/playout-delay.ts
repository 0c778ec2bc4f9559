import { z } from 'zod';
import { zoneIdSchema } from '../broadcasts/commands.ts';
import { MAX_PLAYOUT_DELAY_MS, MIN_PLAYOUT_DELAY_MS } from '../playout/delay-order.ts';

/** A sample is rendered at its stamp plus this, in ms. */
export const playoutDelaySchema = z.number().int().min(MIN_PLAYOUT_DELAY_MS).max(MAX_PLAYOUT_DELAY_MS);

/** PO31: whence and from which stamp (server time, ms) a playout delay moves to where it is now. */
export const delayMoveSchema = z.object({ previousMs: playoutDelaySchema, fromMs: z.number().int().nonnegative() });

/** PO35: the delay of the receivers under a zone, as doors tell each other. */
export const zoneDelaySchema = z.object({
  zoneId: zoneIdSchema,
  playoutDelayMs: playoutDelaySchema,
  delayMove: delayMoveSchema.nullable(),
});
export type ZoneDelay = z.infer<typeof zoneDelaySchema>;

/** PO72: `GET delays`. */
export const delaysAnswerSchema = z.object({
  /** Of the settings (`SFU_PLAYOUT_DELAY_MS`): for all zones that have none of their own; null: by their size. */
  everywhereMs: playoutDelaySchema.nullable(),
  /** What holds for each ward, and for each other zone whose receivers are kept in step with each other. */
  delays: z.array(zoneDelaySchema),
});
export type DelaysAnswer = z.infer<typeof delaysAnswerSchema>;

import { z } from 'zod';

/**
 * Payload of the control bus: UTF-8 JSON of at most 1,100 bytes, one message per packet, never rendered.
 * Signed grants will be a second `type` here; a receiver ignores types that it does not know.
 */
export const pilotSchema = z.object({
  v: z.literal(1),
  type: z.literal('pilot'),
  /** Counts up by one per pilot from the pump's start; a gap is a loss. */
  count: z.number().int().nonnegative(),
  /** Names one run of the pump; a change means that counters and buses began anew. */
  run: z.string().max(40),
  /** Counts the times that the pump's clock was set; a change means that what was known of its time is void (TL8). */
  clock: z.number().int().nonnegative().default(0),
  /** Server time in ms (fractions allowed) at which `rtp` is the timestamp of the shared timeline. */
  serverTimeMs: z.number().nonnegative(),
  rtp: z.number().int().min(0).max(0xffffffff),
  /** Version of the event log that the pump has carried out. */
  logVersion: z.number().int().nonnegative(),
});
export type Pilot = z.infer<typeof pilotSchema>;

/** Rank and tag of a control packet: it is labelled like any other, so that nobody mistakes it for sound. */
export const CONTROL_CSRC = 0;

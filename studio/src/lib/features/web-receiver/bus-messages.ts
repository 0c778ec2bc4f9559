import { z } from 'zod';

/** What the frame watcher tells the page: packets of one broadcast on one bus since the last message. */
export const framesSchema = z.object({
  type: z.literal('frames'),
  /** Index in the assignment's path. */
  bus: z.number().int().nonnegative(),
  csrc: z.number().int().nonnegative(),
  packets: z.number().int().nonnegative(),
});

/** A pilot of the control bus, as it was sent. */
export const controlSchema = z.object({ type: z.literal('control'), payload: z.string().max(2_000) });

export const busMessageSchema = z.discriminatedUnion('type', [framesSchema, controlSchema]);
export type BusMessage = z.infer<typeof busMessageSchema>;

/** Options that a bus's transform is made with. */
export const transformOptionsSchema = z.union([
  z.object({ kind: z.literal('control') }),
  z.object({ kind: z.literal('bus'), bus: z.number().int().nonnegative() }),
]);
export type TransformOptions = z.infer<typeof transformOptionsSchema>;

import { z } from 'zod';

/** Where the door of a node is reached. */
export const doorAddressSchema = z.object({
  /** By receivers and pages. */
  publicUrl: z.url(),
  /** By the doors of other nodes. */
  nodeUrl: z.url(),
});
export type DoorAddress = z.infer<typeof doorAddressSchema>;

/** Another node of this network, as it says itself. */
export const peerNodeSchema = z.object({
  node: z.string(),
  /** Null: its door has not come up yet. */
  door: doorAddressSchema.nullable(),
  /** It takes no new receivers and sends away those that it has. */
  draining: z.boolean(),
  /** It has as many listeners as it can serve. */
  full: z.boolean(),
  /** ND31: it says that it cannot reach the log, and this node can: nothing new is heard there but emergencies. */
  away: z.boolean(),
});
export type PeerNode = z.infer<typeof peerNodeSchema>;

/** What a door says of itself to its pump, for the other nodes. */
export const doorAboutSchema = z.object({
  door: doorAddressSchema,
  draining: z.boolean(),
  /** ND13: an emergency is to be left to the others as well. */
  insistent: z.boolean(),
});
export type DoorAbout = z.infer<typeof doorAboutSchema>;

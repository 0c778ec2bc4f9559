import { z } from 'zod';
import { segmentIdSchema, sourceIdSchema } from '../broadcasts/commands.ts';
import { segmentViewSchema, sourceViewSchema } from './live.ts';
import { zoneDelaySchema } from './playout-delay.ts';
import { receiverIdSchema, receiverViewSchema } from './receivers.ts';

/** A WHIP session as the doors of other nodes hear of it; who uses it they know themselves. */
export const peerSourceSchema = sourceViewSchema.omit({ broadcastId: true });
export type PeerSource = z.infer<typeof peerSourceSchema>;

/** Namespace `/doors`: all that is connected to one node. It replaces whatever its door said before. */
export const doorPictureSchema = z.object({
  receivers: z.array(receiverViewSchema),
  sources: z.array(peerSourceSchema),
  /** Its whole library. */
  segments: z.array(segmentViewSchema),
  /** PO35: what was ordered last of playout delays, as far as it knows. */
  delays: z.array(zoneDelaySchema).default([]),
});
export type DoorPicture = z.infer<typeof doorPictureSchema>;

/** What has changed since. */
export const doorChangeSchema = z.object({
  /** One that is not online was left, or was set while it is connected nowhere. */
  receivers: z.array(receiverViewSchema).optional(),
  /** Connected to another node by now. */
  leftReceivers: z.array(receiverIdSchema).optional(),
  /** Taken out of the list. */
  removedReceivers: z.array(receiverIdSchema).optional(),
  sources: z.array(peerSourceSchema).optional(),
  removedSources: z.array(sourceIdSchema).optional(),
  segments: z.array(segmentViewSchema).optional(),
  removedSegments: z.array(segmentIdSchema).optional(),
  delays: z.array(zoneDelaySchema).optional(),
});
export type DoorChange = z.infer<typeof doorChangeSchema>;

import { z } from 'zod';
import { zoneIdSchema } from '@loa/shared/broadcasts/commands';
import { nodeIdSchema } from '../../config/node-name.ts';
import { doorAddressSchema, type PeerNode } from '../../link/peer-nodes.ts';
import { trunkOfferSchema } from './trunk-offer.ts';

/** More listeners' zones than any node has room for. */
const MAX_AUDIENCE = 20_000;

/** What a node tells the others of itself, in Redis. */
export const nodeRecordSchema = z.object({
  v: z.literal(1),
  node: nodeIdSchema,
  /** Of this process; one that begins again has another. */
  run: z.uuid(),
  /** Zones whose buses somebody here listens to: programs in them are sent here. */
  audience: z.array(zoneIdSchema).max(MAX_AUDIENCE),
  /** ND20: further zones, of which only emergencies are listened to here. */
  emergencyAudience: z.array(zoneIdSchema).max(MAX_AUDIENCE).default([]),
  /** The end of each line, by the node at its other end. */
  trunks: z.record(nodeIdSchema, trunkOfferSchema),
  /** Of the door that greeted last. */
  door: doorAddressSchema.nullable().default(null),
  draining: z.boolean().default(false),
  full: z.boolean().default(false),
});
export type NodeRecord = z.infer<typeof nodeRecordSchema>;

/** What of a record concerns doors; `away`: what the node says over its line. */
export function toPeerNode({ node, door, draining, full }: NodeRecord, away: boolean): PeerNode {
  return { node, door, draining, full, away };
}

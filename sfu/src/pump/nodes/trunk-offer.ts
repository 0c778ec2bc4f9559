import { z } from 'zod';

/** How a peer reaches one end of a trunk, and what that end sends. */
export const trunkOfferSchema = z.object({
  /** Of this end; an end that is made anew has another one. */
  endId: z.string().min(1).max(64),
  /** The peer's end that this one is connected to; null: none yet. */
  connectedTo: z.string().min(1).max(64).nullable(),
  address: z.string().min(1).max(255),
  port: z.number().int().min(1).max(65_535),
  ssrc: z.number().int().min(1).max(0xffffffff),
  /** SRTP keys of what this end sends; null: plain RTP, for a private line. */
  srtp: z.object({ cryptoSuite: z.literal('AEAD_AES_256_GCM'), keyBase64: z.string().min(1).max(100) }).nullable(),
});
export type TrunkOffer = z.infer<typeof trunkOfferSchema>;

/**
 * ND2: what to do with the own end, given what the peer says of its own. An end is connected once: when the peer has a new end, so
 * must this node; and an end that is still connected to one that is gone will be replaced by the peer, so it is waited for.
 */
export function nextTrunkStep(
  own: Pick<TrunkOffer, 'endId' | 'connectedTo'>,
  peer: Pick<TrunkOffer, 'endId' | 'connectedTo'>,
): 'stay' | 'connect' | 'wait' | 'replace' {
  if (own.connectedTo !== null) return own.connectedTo === peer.endId ? 'stay' : 'replace';
  return peer.connectedTo === null || peer.connectedTo === own.endId ? 'connect' : 'wait';
}

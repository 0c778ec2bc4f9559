/** ND15: how receivers are spread again when a node has come back or is new. */
export const REBALANCE = Object.freeze({
  /** Between two looks, in ms. */
  everyMs: 10_000,
  /** The other nodes have to have been the same ones, connected, for this long, in ms: who comes and goes is left alone. */
  settledMs: 60_000,
  /** Asked to move at one look, at most. */
  atOnce: 5,
  /** It begins when a node has this part more than its share, and this many more; and ends at its share. */
  beginAbove: 0.2,
  beginAtLeast: 4,
});

/** A node that takes receivers, by its door. */
export interface OtherLoad {
  readonly door: string;
  readonly receivers: number;
}

/** What a node knows when it looks. */
export interface Load {
  /** Receivers that are connected here. */
  readonly own: number;
  readonly others: readonly OtherLoad[];
  /** For how long `others` have been the same nodes, ms. */
  readonly settledMs: number;
  /** An emergency is on air somewhere. */
  readonly emergency: boolean;
}

export interface Spreading {
  /** It has begun and is not done. */
  readonly active: boolean;
  /** How many to ask now. */
  readonly move: number;
  /** Where they are to go: nodes that have less than their share. */
  readonly doors: readonly string[];
}

const NOTHING: Spreading = Object.freeze({ active: false, move: 0, doors: [] });

/** ND15: what to do at one look; `wasActive` is what the last one said. */
export function spreadReceivers(wasActive: boolean, { own, others, settledMs, emergency }: Load): Spreading {
  if (emergency || settledMs < REBALANCE.settledMs || others.length === 0) return NOTHING;
  const share = (own + others.reduce((sum, { receivers }) => sum + receivers, 0)) / (others.length + 1);
  const surplus = own - Math.ceil(share);
  const begins = surplus >= Math.max(REBALANCE.beginAtLeast, share * REBALANCE.beginAbove);
  if (surplus <= 0 || !(wasActive || begins)) return NOTHING;
  const doors = others.filter(({ receivers }) => receivers < Math.floor(share)).map(({ door }) => door);
  return doors.length === 0 ? NOTHING : { active: true, move: Math.min(surplus, REBALANCE.atOnce), doors };
}

declare const brand: unique symbol;

/** A string that is only ever made by the module that owns the kind of thing it names. */
export type Branded<Name extends string> = string & { readonly [brand]: Name };

/** Surrogate key of a zone; unit codes are re-used after mergers and never identify. */
export type ZoneId = Branded<'ZoneId'>;
export type ReceiverId = Branded<'ReceiverId'>;
export type BroadcastId = Branded<'BroadcastId'>;
export type SourceId = Branded<'SourceId'>;
export type SegmentId = Branded<'SegmentId'>;

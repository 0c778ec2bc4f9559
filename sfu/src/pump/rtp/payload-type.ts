/** Chrome, Safari and our receivers offer Opus with this number; others get a router of their own. */
export const USUAL_PAYLOAD_TYPE = 111;

/** What Firefox and GStreamer offer: their users cannot choose another one, so nobody else may take their place. */
export const WELL_KNOWN_PAYLOAD_TYPES: ReadonlySet<number> = new Set([USUAL_PAYLOAD_TYPE, 109, 96]);

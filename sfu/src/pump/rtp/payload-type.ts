/** Chrome, Safari and our receivers offer Opus with this number; others get a router of their own. */
export const USUAL_PAYLOAD_TYPE = 111;

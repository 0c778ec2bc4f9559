/** Bounds that more than one program must agree on, or may run into; each is named in PROTOCOL.md. */

/** Largest SDP body accepted by the doors, in bytes. */
export const MAX_SDP_BYTES = 16_384;
/** Largest socket.io frame and largest JSON body, in bytes: a start that names as many zones as it may fits. */
export const MAX_FRAME_BYTES = 262_144;
/** Largest upload, in bytes: an hour of CD-quality stereo WAV fits. */
export const MAX_UPLOAD_BYTES = 700_000_000;
/** Longest segment, in ms. */
export const MAX_SEGMENT_MS = 3_600_000;
/** Longest path from the root to a zone, both included; a receiver opens one m-line for each, plus the control bus. */
export const MAX_ZONE_DEPTH = 6;
/** Doors of other nodes that a receiver is told. */
export const MAX_DOORS = 32;
/** Sources that one pump takes in at a time, those that are being opened included. */
export const MAX_SOURCES = 200;
/** Zones that are listened to online at one pump at a time. */
export const MAX_OUTPUT_ZONES = 64;
/** Streams that a pump writes for people online: a zone once for each payload type and media worker. 128 cost 13 % of a core. */
export const MAX_OUTPUT_STREAMS = 128;
/** Payload types for Opus other than the usual one that people online may use at one pump at a time. */
export const MAX_PUBLIC_PAYLOAD_TYPES = 6;
/** Records in one `playout:records` message. */
export const MAX_RECORDS_PER_MESSAGE = 50;
/** Largest count or duration in ms that a record may carry: what a 32-bit integer holds, 24 days. */
export const MAX_COUNT = 2_147_483_647;
/** Playout delay where several loudspeakers may be heard at once, in ms: enough for links that lose packets and ask for them again. */
export const SHARED_DELAY_MS = 200;
/** Playout delay of a loudspeaker that nobody can hear together with another one, in ms. */
export const LONE_DELAY_MS = 60;
/** One pilot per second on the control bus; three missed ones mean that the path is lost. */
export const PILOT_INTERVAL_MS = 1_000;
export const PILOTS_MISSED_FOR_PATH_LOST = 3;
/** Samples per second of every RTP clock in Loa. */
export const RTP_RATE_HZ = 48_000;
/** Frame length of everything that Loa itself encodes, in ms. */
export const FRAME_MS = 20;
/** An emergency is never silenced by a volume knob: the least that it can be set to, 0 to 100. */
export const MIN_EMERGENCY_VOLUME = 20;

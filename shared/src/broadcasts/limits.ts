import type { Millis } from '../time.ts';

/** BR20: broadcasts below level 3, on air or waiting, at any time. */
export const MAX_LIVE_BROADCASTS = 64;

/** BR20: emergencies have places of their own, so that lower broadcasts can never use them up. */
export const MAX_LIVE_EMERGENCIES = 16;

/** BR13: how long a broadcast waits for its first zone. */
export const WAIT_LIMIT_MS: Millis = 10 * 60_000;

/** BR18: life of an emergency that states none. */
export const DEFAULT_EMERGENCY_LIFE_MS: Millis = 30 * 60_000;

/** BR18: an emergency never ends later than this after it went on air or was last extended. */
export const MAX_EMERGENCY_LIFE_MS: Millis = 4 * 3_600_000;

/** BR16: how long the slot of a live source that went away is kept; longer than a page reload and a reconnect. */
export const SOURCE_KEEP_MS: Millis = 15_000;

/** BR15: a stored programme whose end nobody reported ends this long after its last sample was due. */
export const SEGMENT_OVERRUN_MS: Millis = 10_000;

/** BR21: idempotency keys of ended broadcasts that are remembered. */
export const REMEMBERED_KEYS = 1_000;

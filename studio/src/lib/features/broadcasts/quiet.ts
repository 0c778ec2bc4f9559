import type { Tally } from '@loa/shared/protocol/receivers';

/** A speaker takes a breath; receivers say that they are silent when they have been so for a second. */
const PAUSE_MS = 1_500;

/** LV10: all receivers that sound it have said for long that it is silence. `nowMs` in server time. */
export function isQuietForLong({ sounding, quietSince }: Tally, nowMs: number): boolean {
  return sounding > 0 && quietSince !== null && nowMs - quietSince >= PAUSE_MS;
}

import { CONTROL_CSRC, pilotSchema, type Pilot } from '@loa/shared/protocol/pilot';
import type { Arrival } from './arrival.ts';

/** Null for messages of other types, which later protocols may send, and for what is no message at all. */
export function readPilot(arrival: Arrival): Pilot | null {
  if ((arrival.csrc ?? CONTROL_CSRC) !== CONTROL_CSRC) return null;
  try {
    const parsed = pilotSchema.safeParse(JSON.parse(Buffer.from(arrival.payload).toString('utf8')));
    return parsed.success ? parsed.data : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

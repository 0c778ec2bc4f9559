import { z } from 'zod';

const chimeSchema = z.union([
  z.object({ segmentId: z.string().min(1).max(64) }),
  z.object({
    notes: z.array(z.object({ hz: z.number(), at: z.number(), length: z.number() })).readonly(),
    lengthMs: z.number(),
    voice: z.enum(['bell', 'horn']),
  }),
]);

/** What a tab remembers of its own broadcast over a reload. */
const keptSchema = z.object({
  broadcastId: z.string().min(1).max(64),
  live: z.boolean(),
  /** Its start has not been answered (yet): a reload must not put a microphone on air by itself. */
  held: z.boolean().default(false),
  /** Its presenter wants it stopped, and the server has not confirmed that: a reload must not take the stop back. */
  cut: z.boolean().default(false),
  /** Still to be played in front of the voice: its broadcast waits for its turn. */
  chime: chimeSchema.nullable().default(null),
});
export type KeptSlot = z.infer<typeof keptSchema>;

type SlotStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/**
 * Per tab (session storage): two tabs of one person are two presenters. Only a tab that was duplicated shares the broadcast of
 * its original: the last one that attached its source speaks, and the one that is left when that closes goes on.
 */
export function readKept(storage: SlotStorage, slot: string): KeptSlot | null {
  const text = storage.getItem(keyOf(slot));
  if (text === null) return null;
  try {
    const parsed = keptSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

export function writeKept(storage: SlotStorage, slot: string, kept: KeptSlot | null): void {
  if (kept === null) storage.removeItem(keyOf(slot));
  else storage.setItem(keyOf(slot), JSON.stringify(kept));
}

function keyOf(slot: string): string {
  return `loa.slot.${slot}`;
}

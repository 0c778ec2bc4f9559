import { z } from 'zod';
import { broadcastIdSchema, instantSchema, startSpecSchema, zoneIdSchema } from '../broadcasts/commands.ts';
import type { LiveBroadcast, LiveState } from '../broadcasts/state.ts';
import type { BroadcastId } from '../ids.ts';

const storedBroadcastSchema = z.object({
  id: broadcastIdSchema,
  tag: z.number().int().positive(),
  rank: z.number().int().min(0).max(255),
  spec: startSpecSchema,
  phase: z.enum(['on-air', 'waiting']),
  startedAt: instantSchema,
  askedAt: instantSchema,
  expiresAt: instantSchema.nullable(),
  paused: z.boolean(),
  playhead: z.object({ positionMs: z.number(), runningSince: instantSchema.nullable() }).nullable(),
  sourceKeepUntil: instantSchema.nullable(),
  interrupted: z.array(z.object({ zone: zoneIdSchema, by: broadcastIdSchema })),
});

/** The form in which a state is kept beside a log. Lists instead of maps; their order is that of the maps and matters. */
const storedStateSchema = z.object({
  version: z.number().int().nonnegative(),
  nextTag: z.number().int().positive(),
  broadcasts: z.array(storedBroadcastSchema),
  usedKeys: z.array(z.tuple([z.string(), broadcastIdSchema])),
});

/** EL3: a state as text; `readStoredState` gives back an equal one, on which the rest of the log can be folded. */
export function writeStoredState({ version, nextTag, broadcasts, usedKeys }: LiveState): string {
  return JSON.stringify({ version, nextTag, broadcasts: [...broadcasts.values()], usedKeys: [...usedKeys] });
}

/** EL3: what `writeStoredState` wrote. Throws when the text is anything else: a wrong state must not go on air. */
export function readStoredState(text: string): LiveState {
  const { version, nextTag, broadcasts, usedKeys } = storedStateSchema.parse(JSON.parse(text));
  return {
    version,
    nextTag,
    broadcasts: new Map(broadcasts.map((stored): [BroadcastId, LiveBroadcast] => [stored.id, stored])),
    usedKeys: new Map(usedKeys),
  };
}

import { z } from 'zod';
import { sourceIdSchema, zoneIdSchema } from '@loa/shared/broadcasts/commands';
import type { SourceId, ZoneId } from '@loa/shared/ids';

/** ND8 */
export const SIGN_EVERY_MS = 1_000;
/** Three signs that did not come, and the time that one may take. */
export const SILENT_AFTER_MS = 3.5 * SIGN_EVERY_MS;
/** What is new is said so many times at once: a line may lose packets. */
export const SIGNS_OF_CHANGE = 3;

/** Zones that a peer is told for each label. */
export type ToldEmergencies = ReadonlyMap<number, ReadonlySet<ZoneId>>;

/** ND31: what a node says of itself over its lines. */
export interface NodeWord {
  /** It cannot reach Redis. */
  readonly away: boolean;
  /** Live sources of broadcasts that are connected to it and speak. */
  readonly sources: ReadonlySet<SourceId>;
  /** Emergencies on air, by label, with the zones that each holds. */
  readonly emergencies: ToldEmergencies;
}

/** With what stands around it, it fits into a packet with its headers and keys. */
const MAX_SIGN_BYTES = 1_000;
/** What one id costs beside itself: quotes, comma, brackets, the label before it. */
const ITEM_BYTES = 20;

const signSchema = z.object({
  v: z.literal(1),
  /** Counts up: what several signs of one round say belongs together. */
  round: z.number().int().nonnegative(),
  away: z.boolean(),
  sources: z.array(sourceIdSchema),
  emergencies: z.array(z.tuple([z.number().int().min(0).max(0xffffffff), z.array(zoneIdSchema)])),
});
export type Sign = z.infer<typeof signSchema>;

/** ND31: one round of signs: as many packets as the word needs, at least one. */
export function toSigns({ away, sources, emergencies }: NodeWord, round: number): Buffer[] {
  const signs: Sign[] = [];
  let room = 0;
  const withRoomFor = (text: string): Sign => {
    room -= Buffer.byteLength(text) + ITEM_BYTES;
    const last = signs.at(-1);
    if (last && room >= 0) return last;
    const next: Sign = { v: 1, round, away, sources: [], emergencies: [] };
    signs.push(next);
    room = MAX_SIGN_BYTES - Buffer.byteLength(text) - ITEM_BYTES;
    return next;
  };
  withRoomFor('');
  for (const source of sources) withRoomFor(source).sources.push(source);
  for (const [csrc, zones] of emergencies)
    for (const zone of zones) {
      const sign = withRoomFor(zone);
      const last = sign.emergencies.at(-1);
      if (last?.[0] === csrc) last[1].push(zone);
      else sign.emergencies.push([csrc, [zone]]);
    }
  return signs.map((sign) => Buffer.from(JSON.stringify(sign)));
}

/** Null: a sign of a node of another version, which says that the line works and no more. */
export function readSign(payload: Buffer): Sign | null {
  try {
    return signSchema.parse(JSON.parse(payload.toString('utf8')));
  } catch {
    return null;
  }
}

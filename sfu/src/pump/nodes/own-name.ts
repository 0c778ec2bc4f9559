import { z } from 'zod';

/** ND41: what stands under this node's name in the directory. */
export type NameStanding = 'free' | 'unsure' | 'taken';

const recordRunSchema = z.object({ run: z.string() });

function runOf(text: string): string | null {
  try {
    return recordRunSchema.safeParse(JSON.parse(text)).data?.run ?? null;
  } catch {
    return null;
  }
}

export interface OwnNameOptions {
  readonly run: string;
  /** Of the process of this node before this one, whose record may still stand there; null: not known. */
  readonly predecessor: string | null;
  /** How long a record lives that is not renewed, ms. */
  readonly recordTtlMs: number;
  /** A living node has renewed its record by then, ms. */
  readonly silentAfterMs: number;
}

/** ND41: tells a living node of the same name from what a dead one has left. No clock is needed: Redis says how old a record is. */
export interface OwnName {
  /** @param record the text under the own name, null: none; `ttlMs`: how long it lives yet (PTTL). */
  judge(record: string | null, ttlMs: number): NameStanding;
}

export function createOwnName({ run, predecessor, recordTtlMs, silentAfterMs }: OwnNameOptions): OwnName {
  let seen: { readonly run: string; readonly ttlMs: number } | null = null;
  return {
    judge(record, ttlMs) {
      const other = record === null ? null : runOf(record);
      if (other === null || other === run || other === predecessor) {
        seen = null;
        return 'free';
      }
      // A record only gets older, unless somebody renews it.
      if (seen?.run === other && ttlMs > seen.ttlMs) return 'taken';
      seen = { run: other, ttlMs };
      return recordTtlMs - ttlMs > silentAfterMs ? 'free' : 'unsure';
    },
  };
}

import type { SourceId, ZoneId } from '@loa/shared/ids';
import { type NodeWord, type Sign, SIGNS_OF_CHANGE, SILENT_AFTER_MS } from './sign.ts';

interface Said {
  readonly round: number;
  /** Monotonic ms. */
  readonly at: number;
}

/** ND31: what the node at the other end of a line says of itself, as far as it was heard lately. */
export interface HeardWord {
  note(sign: Sign, at: number): void;
  /** What holds at `at` (monotonic ms); null: it has said nothing lately. */
  at(at: number): NodeWord | null;
  /** Whether it has said lately that it cannot reach Redis. */
  isAway(at: number): boolean;
}

/** ND31: one thing holds until it is missing from `SIGNS_OF_CHANGE` rounds, or nothing was heard of it for `SILENT_AFTER_MS`. */
export function createHeardWord(): HeardWord {
  let newest: (Said & { readonly away: boolean }) | null = null;
  const sources = new Map<SourceId, Said>();
  const emergencies = new Map<number, Map<ZoneId, Said>>();

  const isValid = (said: Said, at: number) =>
    at - said.at <= SILENT_AFTER_MS && (newest?.round ?? 0) - said.round < SIGNS_OF_CHANGE;
  const forgetOld = (at: number) => {
    for (const [id, said] of sources) if (!isValid(said, at)) sources.delete(id);
    for (const [csrc, zones] of emergencies) {
      for (const [zone, said] of zones) if (!isValid(said, at)) zones.delete(zone);
      if (zones.size === 0) emergencies.delete(csrc);
    }
  };

  const isSilent = (at: number) => at - (newest?.at ?? Number.NEGATIVE_INFINITY) > SILENT_AFTER_MS;

  return {
    note({ round, away, ...sign }, at) {
      const said = { round, at };
      // Packets may overtake each other.
      if (!newest || round >= newest.round) newest = { ...said, away };
      const newer = (known: Said | undefined) => (known && known.round > round ? known : said);
      for (const id of sign.sources) sources.set(id, newer(sources.get(id)));
      for (const [csrc, zones] of sign.emergencies) {
        const known = emergencies.get(csrc) ?? new Map<ZoneId, Said>();
        for (const zone of zones) known.set(zone, newer(known.get(zone)));
        emergencies.set(csrc, known);
      }
      forgetOld(at);
    },
    at(at) {
      if (!newest || isSilent(at)) return null;
      forgetOld(at);
      return {
        away: newest.away,
        sources: new Set(sources.keys()),
        emergencies: new Map([...emergencies].map(([csrc, zones]) => [csrc, new Set(zones.keys())])),
      };
    },
    isAway: (at) => newest !== null && newest.away && !isSilent(at),
  };
}

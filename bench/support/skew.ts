/** When one chirp was heard at each loudspeaker, in ms on one clock; null where it was not. */
export interface HeardChirp {
  readonly leftAtMs: number;
  readonly heardAtMs: readonly (number | null)[];
}

/** A chirp is not looked for later than this after it left, in ms. */
const LONGEST_MS = 1_500;
/** A chirp belongs to the delay of the others if it is so near to it, in ms. */
const NEARBY_MS = 60;

/** Which chirp was heard when, at each loudspeaker. Both lists in ms, ascending. */
export function matchChirps(leftAtMs: readonly number[], heardAtMs: readonly (readonly number[])[]): HeardChirp[] {
  const matched = heardAtMs.map((heard) => matchOne(leftAtMs, heard));
  return leftAtMs.map((left, n) => ({ leftAtMs: left, heardAtMs: matched.map((times) => times[n] ?? null) }));
}

/** The gaps are irregular: only with the right delay do most chirps find one that was heard. */
function matchOne(left: readonly number[], heard: readonly number[]): Array<number | null> {
  let best = { delayMs: 0, count: 0 };
  for (const from of left.slice(0, 40)) {
    for (const at of heard) {
      const delayMs = at - from;
      if (delayMs < 0 || delayMs > LONGEST_MS) continue;
      const count = left.filter((time) => nearest(heard, time + delayMs, 5) !== null).length;
      if (count > best.count) best = { delayMs, count };
    }
  }
  return left.map((time) => nearest(heard, time + best.delayMs, NEARBY_MS));
}

function nearest(times: readonly number[], wanted: number, within: number): number | null {
  let best: number | null = null;
  for (const time of times) {
    if (Math.abs(time - wanted) <= Math.min(within, Math.abs((best ?? Infinity) - wanted))) best = time;
  }
  return best;
}

/** How far the last loudspeaker was behind the first one, in ms; null for a chirp that was not heard at all of them. */
export function skewOf({ heardAtMs }: HeardChirp): number | null {
  const times = heardAtMs.filter((time) => time !== null);
  return times.length === heardAtMs.length ? Math.max(...times) - Math.min(...times) : null;
}

/** The seconds from the first chirp that was heard everywhere until the loudspeakers were in step to `withinMs` for `count` chirps in a row. */
export function lockSeconds(chirps: readonly HeardChirp[], withinMs: number, count: number): number | null {
  const skews = chirps.map(skewOf);
  const first = skews.findIndex((skew) => skew !== null);
  const locked = skews.findIndex(
    (_skew, n) =>
      n >= first &&
      Array.from({ length: count }, (_, k) => skews[n + k]).every((skew) => skew != null && skew <= withinMs),
  );
  const [from, until] = [chirps[first], chirps[locked]];
  return from && until ? (until.leftAtMs - from.leftAtMs) / 1_000 : null;
}

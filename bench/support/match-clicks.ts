/** A delay beyond this is not looked for, ms. */
export const LONGEST_DELAY_MS = 2_500;
/** Clocks of two processes agree to some milliseconds only: a click may seem to be heard before it was played. */
const CLOCK_ERROR_MS = 20;
/** So far apart may the delays of clicks be that speak for the same delay, ms. */
const SAME_DELAY_MS = 25;

const SHORTEST_GAP_MS = 400;
/** More than twice what counts as the same delay, and no multiple of a packet, so that clicks fall everywhere in one. */
const GAP_STEP_MS = 63;
const GAP_PERIOD = 7;

/**
 * How long to wait after the click `index`, ms. Squares modulo a prime: shifted by one to six clicks, six gaps of seven are
 * others. So a steady delay of a click or more cannot be taken for one that is shorter by that click.
 */
export function gapAfter(index: number): number {
  return SHORTEST_GAP_MS + GAP_STEP_MS * (index ** 2 % GAP_PERIOD);
}

/** How late each played click was heard, ms; null for those that were not. Both lists in ascending order, on one clock. */
export function matchClicks(played: readonly number[], heard: readonly number[]): Array<number | null> {
  const delayMs = commonDelay(played, heard);
  if (delayMs === null) return played.map(() => null);
  const punctual = heardInOrder(played, heard, delayMs, SAME_DELAY_MS);
  // A click that was held up belongs to a played one that nothing else was heard of; so a noise in between takes no place.
  const taken = new Set(punctual);
  const missing = played.filter((_, index) => punctual[index] === null);
  const rest = heard.filter((click) => !taken.has(click));
  const late = heardInOrder(missing, rest, delayMs, SHORTEST_GAP_MS / 2);
  const lateOf = new Map(missing.map((at, index) => [at, late[index] ?? null]));
  return played.map((at, index) => {
    const click = punctual[index] ?? lateOf.get(at) ?? null;
    return click === null ? null : click - at;
  });
}

/** The delay that most clicks speak for. */
function commonDelay(played: readonly number[], heard: readonly number[]): number | null {
  let best: { delayMs: number; count: number } | null = null;
  for (const at of played) {
    for (const click of heard) {
      const delayMs = click - at;
      if (delayMs < -CLOCK_ERROR_MS || delayMs > LONGEST_DELAY_MS) continue;
      const matched = heardInOrder(played, heard, delayMs, SAME_DELAY_MS);
      const count = matched.filter((found) => found !== null).length;
      if (best === null || count > best.count) best = { delayMs, count };
    }
  }
  return best?.delayMs ?? null;
}

/** For each played click the first heard one that belongs to no earlier one and whose delay is near enough. */
function heardInOrder(
  played: readonly number[],
  heard: readonly number[],
  delayMs: number,
  toleranceMs: number,
): Array<number | null> {
  const earliestMs = Math.max(delayMs - toleranceMs, -CLOCK_ERROR_MS);
  let next = 0;
  return played.map((at) => {
    while (next < heard.length && (heard[next] ?? 0) - at < earliestMs) next += 1;
    const click = heard[next];
    if (click === undefined || click - at > delayMs + toleranceMs) return null;
    next += 1;
    return click;
  });
}

/** Bounds of a playout delay, in ms. */
export const MIN_PLAYOUT_DELAY_MS = 20;
export const MAX_PLAYOUT_DELAY_MS = 5_000;
/** PO31: a playout delay moves by so many millionths of the time that passes, so the pitch moves by a thirtieth of a semitone. */
export const DELAY_SLEW_PPM = 2_000;

/** Whence and from which stamp (server time, ms) a playout delay moves to where it is now. */
export interface DelayMove {
  readonly previousMs: number;
  readonly fromMs: number;
}

/** A playout delay and how it came about; without `delayMove` it holds for every stamp. */
export interface OrderedDelay {
  readonly playoutDelayMs: number;
  readonly delayMove?: DelayMove | null | undefined;
}

/**
 * PO31: the delay of a stamp (server time, ms), in ms. It is a function of the stamp alone, so all who have the same order play every sample at the
 * same instant, also while it moves, and whenever they came to know of it.
 */
export function delayOfStamp({ playoutDelayMs, delayMove }: OrderedDelay, stampMs: number): number {
  if (!delayMove || stampMs >= endOf(playoutDelayMs, delayMove)) return playoutDelayMs;
  const { previousMs, fromMs } = delayMove;
  return previousMs + Math.max(0, stampMs - fromMs) * slewOf(playoutDelayMs, delayMove);
}

/** PO31: the stamp, as server time in ms with fractions, that is to be heard at this server time: the inverse of stamp plus delay. */
export function stampHeardAt(order: OrderedDelay, heardMs: number): number {
  const { playoutDelayMs, delayMove } = order;
  if (!delayMove || heardMs >= endOf(playoutDelayMs, delayMove) + playoutDelayMs) return heardMs - playoutDelayMs;
  const { previousMs, fromMs } = delayMove;
  const sinceMs = heardMs - fromMs - previousMs;
  return sinceMs <= 0 ? heardMs - previousMs : fromMs + sinceMs / (1 + slewOf(playoutDelayMs, delayMove));
}

/** PO31: the delay with which is played what is heard at this server time, in ms. */
export function delayHeardAt(order: OrderedDelay, heardMs: number): number {
  return heardMs - stampHeardAt(order, heardMs);
}

/** PO31: stamps for each ms that passes at this server time: 1 but while the delay moves. */
export function paceAt(order: OrderedDelay, heardMs: number): number {
  const { playoutDelayMs, delayMove } = order;
  if (!delayMove || heardMs >= endOf(playoutDelayMs, delayMove) + playoutDelayMs) return 1;
  return heardMs <= delayMove.fromMs + delayMove.previousMs ? 1 : 1 / (1 + slewOf(playoutDelayMs, delayMove));
}

/** How long a move by `byMs` takes, in ms. */
export function moveTimeMs(byMs: number): number {
  return (Math.abs(byMs) * 1e6) / DELAY_SLEW_PPM;
}

/** The stamp from which the delay has moved all the way. */
function endOf(playoutDelayMs: number, { previousMs, fromMs }: DelayMove): number {
  return fromMs + moveTimeMs(playoutDelayMs - previousMs);
}

function slewOf(playoutDelayMs: number, { previousMs }: DelayMove): number {
  return (Math.sign(playoutDelayMs - previousMs) * DELAY_SLEW_PPM) / 1e6;
}

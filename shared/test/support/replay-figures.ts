import { QUIET_BEFORE_MOVE_MS } from '../../src/playout/anchor.ts';
import { FADE_MS } from '../../src/playout/gain.ts';
import { SAMPLES_PER_MS } from '../../src/playout/stamp-sample.ts';
import { LEVEL, type Question, type Replay, type ReplayedPacket } from './replay-trace.ts';

/** Two fades of 5 ms on top of each other, and a tenth for what interpolation adds: a larger step is a click. */
export const LARGEST_STEP = (1.1 * 2 * LEVEL) / (FADE_MS * SAMPLES_PER_MS);

/** The largest step between two samples that were heard after each other. */
export function largestStep({ blocks }: Replay): number {
  let largest = 0;
  let before: number | undefined;
  for (const { samples, interrupted } of blocks) {
    if (interrupted === 'unheard') before = undefined;
    for (const sample of samples) {
      largest = Math.max(largest, Math.abs(sample - (before ?? sample)));
      before = sample;
    }
  }
  return largest;
}

/** How far the position was off at most in blocks that were heard then, in ms. */
export function largestErrorMs({ blocks }: Replay, fromMs = 0, untilMs = Number.POSITIVE_INFINITY): number {
  const then = blocks.filter(({ heardAtMs }) => heardAtMs >= fromMs && heardAtMs < untilMs);
  if (then.length === 0) throw new Error(`nothing was heard from ${fromMs} to ${untilMs} ms`);
  return Math.max(...then.map(({ stats }) => Math.abs(stats.positionErrorMs)));
}

/** Each jump of the position, and whether something had just been heard that goes on: then it needs a reason (PO14). */
export function moves({ blocks }: Replay) {
  let quietMs = Number.POSITIVE_INFINITY;
  return blocks.flatMap((block) => {
    const inSound = block.wasSounding && quietMs < QUIET_BEFORE_MOVE_MS && block.interrupted === 'no';
    quietMs = block.samples.every((sample) => sample === 0) ? quietMs + block.lengthMs : 0;
    return block.movedMs === 0 ? [] : [{ ...block, inSound }];
  });
}

/** A stretch that is cut out begins without the packets before it, in ms. */
const BEGUN_MS = 1_000;

/** When there was silence, from the first such block to the end of the last one, in ms; null: never. */
export function brokenSpan({ blocks }: Replay): { readonly fromMs: number; readonly untilMs: number } | null {
  const running = blocks.filter(({ heardAtMs }) => heardAtMs > BEGUN_MS);
  const broken = running.filter(({ samples }) => samples.some((sample) => Math.abs(sample) < LEVEL / 1_000));
  const [first, last] = [broken[0], broken.at(-1)];
  return first && last ? { fromMs: first.heardAtMs, untilMs: last.heardAtMs + last.lengthMs } : null;
}

export const sumMs = ({ blocks }: Replay, what: 'decodedMs' | 'recoveredMs' | 'inventedMs'): number =>
  blocks.reduce((sum, block) => sum + block[what], 0);

/** What was added to the delay at most, and what was said to be needed at most, in ms. */
export const largestDelays = ({ blocks }: Replay) => ({
  extraMs: Math.max(...blocks.map(({ stats }) => stats.extraDelayMs)),
  neededMs: Math.max(...blocks.map(({ stats }) => stats.neededDelayMs ?? 0)),
});

/** Packets that were lost on the way and came because they were asked for: long after the first question. */
export interface Answered {
  readonly packet: ReplayedPacket;
  readonly questions: readonly Question[];
  /** From its stamp to the first question, in ms. */
  readonly askedAfterMs: number;
}

/** No answer is there sooner, in ms: a round trip of the bad links of the benches takes 20 at the least. */
const ANSWER_MS = 20;

export function answered({ packets, questions }: Replay): Answered[] {
  return packets
    .filter(({ verdict }) => verdict === 'buffered' || verdict === 'late')
    .flatMap((packet) => {
      const own = questions.filter(({ sequence, atMs }) => sequence === packet.sequence && atMs < packet.atMs);
      const [first] = own;
      if (first === undefined || packet.atMs - first.atMs < ANSWER_MS) return [];
      return [{ packet, questions: own, askedAfterMs: first.atMs - packet.stampMs }];
    });
}

import { FRAME_MS } from '@loa/shared/protocol/limits';
import { MAX_ASKS, Retransmission } from '@loa/shared/playout/retransmission';
import { SAMPLES_PER_MS } from '@loa/shared/playout/stamp-sample';
import type { LossPattern } from './loss-pattern.ts';
import { numberedChance } from './numbered-chance.ts';

/** Questions for one packet, each of which is repeated. */
const MAX_QUESTIONS = 2 * MAX_ASKS;

export interface LossyLink {
  /** Each way, in ms, spread evenly over plus or minus the jitter. */
  readonly delayMs: number;
  readonly jitterMs: number;
  readonly loss: LossPattern;
  /** Whether the receiver asks for what is missing, by the rules of `Retransmission`. */
  readonly asksAgain: boolean;
  readonly seed: number;
}

/** A packet that came; one that was asked for too hastily comes twice. */
export interface CarriedPacket {
  readonly index: number;
  /** In ms after the first one was sent. */
  readonly arrivalMs: number;
}

type Event =
  | { readonly kind: 'packet'; readonly atMs: number; readonly index: number }
  | { readonly kind: 'question'; readonly atMs: number; readonly asked: readonly number[] }
  | { readonly kind: 'wake'; readonly atMs: number };

/**
 * Which of `count` packets, one sent every 20 ms, come over a link and when, in the order of arrival. The server repeats what it is asked for, but no packet
 * twice within a round trip, as the media worker does.
 */
export function carryPackets(count: number, link: LossyLink): CarriedPacket[] {
  const [packetWay, questionWay, repetitionWay] = [0, 1, 2].map((n) => {
    const draw = numberedChance(link.seed + n);
    return (number: number): number => link.delayMs + (draw(number) * 2 - 1) * link.jitterMs;
  }) as [Way, Way, Way];
  const roundTripMs = 2 * link.delayMs;
  const retransmission = new Retransmission();
  const repeated = new Map<number, { readonly times: number; readonly atMs: number }>();
  const arrived: CarriedPacket[] = [];
  const events: Event[] = [];
  for (let index = 0; index < count; index += 1) {
    const arrivalMs = index * FRAME_MS + packetWay(index);
    if (!link.loss.losesPacket(index)) events.push({ kind: 'packet', atMs: arrivalMs, index });
  }
  events.sort((one, other) => one.atMs - other.atMs);
  const schedule = (event: Event): void => {
    const later = events.findIndex(({ atMs }) => atMs > event.atMs);
    events.splice(later < 0 ? events.length : later, 0, event);
  };
  const questions = new Map<number, number>();
  let [newest, wakeMs] = [0, Number.POSITIVE_INFINITY];
  const ask = (missing: readonly number[], atMs: number): void => {
    if (!link.asksAgain) return;
    // Numbers go round once in 22 minutes, so the nearest packet with this number is meant.
    const asked = missing.map((number) => newest + (((number - newest) << 16) >> 16));
    const [first] = asked;
    if (first !== undefined) {
      const before = questions.get(first) ?? 0;
      const number = first * MAX_QUESTIONS + before;
      questions.set(first, before + 1);
      if (!link.loss.losesQuestion({ number, atMs }))
        schedule({ kind: 'question', atMs: atMs + questionWay(number), asked });
    }
    if (retransmission.wakeMs === wakeMs || retransmission.wakeMs === Number.POSITIVE_INFINITY) return;
    wakeMs = retransmission.wakeMs;
    schedule({ kind: 'wake', atMs: wakeMs });
  };
  for (let event = events.shift(); event; event = events.shift()) {
    const { atMs } = event;
    if (event.kind === 'question') {
      for (const index of event.asked) {
        const { times, atMs: before } = repeated.get(index) ?? { times: 0, atMs: Number.NEGATIVE_INFINITY };
        if (atMs - before <= roundTripMs) continue;
        repeated.set(index, { times: times + 1, atMs });
        const number = index * MAX_QUESTIONS + times;
        if (link.loss.losesRepetition({ number, atMs })) continue;
        schedule({ kind: 'packet', atMs: atMs + repetitionWay(number), index });
      }
      continue;
    }
    if (event.kind === 'wake') {
      if (atMs === wakeMs) ask(retransmission.due(atMs), atMs);
      continue;
    }
    arrived.push({ index: event.index, arrivalMs: atMs });
    newest = Math.max(newest, event.index);
    const [sequence, timestamp] = [event.index & 0xffff, (event.index * FRAME_MS * SAMPLES_PER_MS) | 0];
    ask(retransmission.note({ sequence, timestamp, marker: event.index === count - 1 }, atMs), atMs);
  }
  return arrived;
}

/** How long the sending of this number is under way, in ms. */
type Way = (number: number) => number;

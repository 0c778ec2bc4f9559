import { FRAME_MS } from '@loa/shared/protocol/limits';
import { MAX_ASKS, Retransmission } from '@loa/shared/playout/retransmission';
import type { LossPattern } from './loss-pattern.ts';
import { numberedChance } from './numbered-chance.ts';

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
  | { readonly kind: 'question'; readonly atMs: number; readonly asked: readonly number[] };

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
  for (let event = events.shift(); event; event = events.shift()) {
    const { atMs } = event;
    if (event.kind === 'question') {
      for (const index of event.asked) {
        const { times, atMs: before } = repeated.get(index) ?? { times: 0, atMs: Number.NEGATIVE_INFINITY };
        if (atMs - before <= roundTripMs) continue;
        repeated.set(index, { times: times + 1, atMs });
        const number = index * MAX_ASKS + times;
        if (link.loss.losesRepetition({ number, atMs })) continue;
        schedule({ kind: 'packet', atMs: atMs + repetitionWay(number), index });
      }
      continue;
    }
    arrived.push({ index: event.index, arrivalMs: atMs });
    const missing = retransmission.note(event.index & 0xffff, atMs);
    // Numbers go round once in 22 minutes, so the nearest packet with this number is meant.
    const asked = missing.map((number) => event.index + (((number - event.index) << 16) >> 16));
    const isAsked = link.asksAgain && asked.length > 0;
    if (!isAsked || link.loss.losesQuestion({ number: event.index, atMs })) continue;
    schedule({ kind: 'question', atMs: atMs + questionWay(event.index), asked });
  }
  return arrived;
}

/** How long the sending of this number is under way, in ms. */
type Way = (number: number) => number;

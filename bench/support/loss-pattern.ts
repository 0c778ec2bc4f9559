import { FRAME_MS } from '@loa/shared/protocol/limits';
import { numberedChance } from './numbered-chance.ts';

/**
 * The model of Gilbert and Elliott (Gilbert, 1960; Elliott, 1963) with a link that loses everything while it is bad and nothing while it is
 * good: its state changes from one packet to the next with these probabilities.
 */
export interface BurstModel {
  /** From good to bad. */
  readonly becomesBad: number;
  /** From bad to good. */
  readonly becomesGood: number;
}

/** The model that loses this share (0 to 1) of all packets, in bursts of this many on average. */
export function burstModel(share: number, meanBurst: number): BurstModel {
  const becomesGood = 1 / meanBurst;
  return { becomesBad: (becomesGood * share) / (1 - share), becomesGood };
}

/** One of several sendings of the same kind: its number among them, and when it was sent, in ms after the first packet. */
export interface Sending {
  readonly number: number;
  readonly atMs: number;
}

/** What a link loses: packets on their way for the first time, the questions for them on the way back, and their repetitions. */
export interface LossPattern {
  losesPacket(index: number): boolean;
  losesQuestion(question: Sending): boolean;
  losesRepetition(repetition: Sending): boolean;
}

/** Each by itself, with this probability. The same seed loses with a larger share what it loses with a smaller one, and more. */
export function randomLoss(share: number, seed: number): LossPattern {
  const [packets, questions, repetitions] = [seed, seed + 1, seed + 2].map(numberedChance) as [Draw, Draw, Draw];
  return {
    losesPacket: (index) => packets(index) < share,
    losesQuestion: ({ number }) => questions(number) < share,
    losesRepetition: ({ number }) => repetitions(number) < share,
  };
}

type Draw = (index: number) => number;

/** In bursts; the two ways have states of their own. Of the shares the same is true as of random loss. */
export function burstLoss(model: BurstModel, seed: number): LossPattern {
  const [there, back] = [burstStates(model, seed), burstStates(model, seed + 1)];
  const packetAt = (atMs: number): number => Math.max(0, Math.floor(atMs / FRAME_MS));
  return {
    losesPacket: there,
    losesQuestion: ({ atMs }) => back(packetAt(atMs)),
    losesRepetition: ({ atMs }) => there(packetAt(atMs)),
  };
}

/** Whether the link is bad at this packet. A bad link stays so by a low number, as a good one becomes bad by one. */
function burstStates({ becomesBad, becomesGood }: BurstModel, seed: number): (index: number) => boolean {
  const next = numberedChance(seed);
  const states: boolean[] = [];
  return (index) => {
    while (states.length <= index) {
      const wasBad = states.at(-1) ?? false;
      states.push(next(states.length) < (wasBad ? 1 - becomesGood : becomesBad));
    }
    return states[index] ?? false;
  };
}

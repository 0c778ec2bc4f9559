import type { CreateVoiceDecoder } from '../../src/playout/decoder.ts';
import { PlayoutEngine, type PlayoutStats, type PushVerdict } from '../../src/playout/playout-engine.ts';
import { Retransmission } from '../../src/playout/retransmission.ts';
import { toMs, toStampSample, unwrapTimestamp } from '../../src/playout/stamp-sample.ts';
import { readTrace, type TraceEvent } from '../../src/playout/trace-text.ts';
import { isStandIn } from '../../src/protocol/stand-in.ts';
import { countDecoding } from './counting-decoder.ts';

/** A stretch of the trace of a real receiver, as `cut-trace.ts` makes it. */
export interface Recording {
  /** What happened in it. */
  readonly what: string;
  readonly recordedAt: string;
  readonly command: string;
  readonly link: string;
  readonly software: string;
  readonly startMs: number;
  readonly lines: readonly string[];
}

export interface ReplayedPacket {
  /** Server time in ms after the start at which it came, and what its first sample is stamped with. */
  readonly atMs: number;
  readonly stampMs: number;
  readonly sequence: number;
  readonly standIn: boolean;
  readonly verdict: PushVerdict;
}

export interface ReplayedBlock {
  /** Server time in ms after the start at which its first sample is heard. */
  readonly heardAtMs: number;
  readonly lengthMs: number;
  readonly movedMs: number;
  /** The card had been interrupted before it; `unheard`: and nothing was heard of the block before. */
  readonly interrupted: 'no' | 'yes' | 'unheard';
  /** Whether a broadcast was heard before it. */
  readonly wasSounding: boolean;
  /** What was made for it, which may be a block or two ahead of what is heard, in ms: of packets, of redundancy, of nothing. */
  readonly decodedMs: number;
  readonly recoveredMs: number;
  readonly inventedMs: number;
  /** After it. */
  readonly stats: PlayoutStats;
  readonly samples: Float32Array;
}

/** A packet that was asked for. */
export interface Question {
  readonly atMs: number;
  readonly sequence: number;
}

export interface Replay {
  readonly packets: readonly ReplayedPacket[];
  readonly blocks: readonly ReplayedBlock[];
  readonly questions: readonly Question[];
  readonly stats: PlayoutStats;
}

/** What every packet decodes to, and what is made in place of one that is missing: whatever steps there are in the output are the engine's. */
export const LEVEL = 0.3;
const levelDecoder: CreateVoiceDecoder = () => ({
  decode: (_payload, _fec, samples) => new Float32Array(samples).fill(LEVEL),
  close: () => undefined,
});

/** Runs the engine, and the rule of asking again for each bus, on what a receiver was told; no clock and no chance takes part. */
export function replayTrace(
  { lines, startMs }: Pick<Recording, 'lines' | 'startMs'>,
  create: CreateVoiceDecoder = levelDecoder,
): Replay {
  const events = readTrace(lines, startMs);
  const first = events.find((event) => event.kind === 'settings');
  if (first === undefined) throw new Error('the trace says no settings');
  const { createDecoder, samples: made } = countDecoding(create, { fec: true });
  const engine = new PlayoutEngine<string>(createDecoder, first.settings);
  const asking = new Asking(startMs);
  const packets: ReplayedPacket[] = [];
  const blocks: ReplayedBlock[] = [];
  let interrupted: ReplayedBlock['interrupted'] = 'no';
  const take = (event: TraceEvent): void => {
    if (event.kind === 'settings') engine.configure(event.settings);
    else if (event.kind === 'reset') engine.resetBuses((bus) => event.buses.includes(bus));
    else if (event.kind === 'interruption') {
      engine.noteInterruption(event.untilNow);
      interrupted = event.untilNow ? 'unheard' : 'yes';
    } else if (event.kind === 'packet') {
      const { atMs, packet } = event;
      asking.note(packet, atMs);
      packets.push({
        atMs: atMs - startMs,
        stampMs: toMs(unwrapTimestamp(packet.timestamp, toStampSample(atMs))) - startMs,
        sequence: packet.sequence,
        standIn: isStandIn(packet.payload),
        verdict: engine.push(packet, atMs),
      });
    } else if (event.kind === 'block') {
      const before = { ...made };
      const wasSounding = engine.sounding().length > 0;
      const { samples, movedMs } = engine.renderBlock(event.outputMs, event.frames);
      blocks.push({
        heardAtMs: event.outputMs - startMs,
        lengthMs: toMs(event.frames),
        movedMs,
        interrupted,
        wasSounding,
        decodedMs: toMs(made.decoded - before.decoded),
        recoveredMs: toMs(made.recovered - before.recovered),
        inventedMs: toMs(made.invented - before.invented),
        stats: engine.stats(),
        samples,
      });
      interrupted = 'no';
    }
  };
  events.forEach(take);
  const stats = engine.stats();
  engine.close();
  return { packets, blocks, questions: asking.questions, stats };
}

/** Questions as a receiver asks them, with the timer that it has between packets. */
class Asking {
  readonly questions: Question[] = [];
  readonly #buses = new Map<string, Retransmission>();
  readonly #startMs: number;

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  note(packet: { bus: string; sequence: number; timestamp: number; marker: boolean }, atMs: number): void {
    for (const bus of this.#buses.values()) this.#wakeUntil(bus, atMs);
    const bus = this.#buses.get(packet.bus) ?? new Retransmission();
    this.#buses.set(packet.bus, bus);
    this.#ask(bus.note(packet, atMs), atMs);
  }

  #wakeUntil(bus: Retransmission, untilMs: number): void {
    for (let wakeMs = bus.wakeMs; wakeMs < untilMs;) {
      this.#ask(bus.due(wakeMs), wakeMs);
      const nextMs = bus.wakeMs;
      if (nextMs <= wakeMs) throw new Error('the rule wants to be asked again at once');
      wakeMs = nextMs;
    }
  }

  #ask(sequences: readonly number[], atMs: number): void {
    for (const sequence of sequences) this.questions.push({ atMs: atMs - this.#startMs, sequence });
  }
}

import { toCsrc, fromCsrc } from '../../src/protocol/csrc.ts';
import { STAND_IN_PAYLOAD } from '../../src/protocol/stand-in.ts';
import { toTimestamp } from '../../src/timing/rtp-timeline.ts';
import type { VoiceDecoder } from '../../src/playout/decoder.ts';
import {
  PlayoutEngine,
  type BusPacket,
  type PlayoutSettings,
  type RenderedBlock,
} from '../../src/playout/playout-engine.ts';
import { SAMPLES_PER_MS } from '../../src/playout/stamp-sample.ts';

/** Server time in ms at which traces of tests begin. */
export const TRACE_START_MS = 1_700_000_000_000;
export const TRACE_SETTINGS: PlayoutSettings = { playoutDelayMs: 60, volume: 100, emergencyVolume: 100, muted: false };

/** What `traceDecoder` answers for recovered and for invented sound, so that a test sees which it was. */
export const RECOVERED_VALUE = 0.02;
export const INVENTED_VALUE = 0.01;

/** One packet of a recorded trace: what came, on which bus, and when. */
export interface TracePacket {
  readonly bus: string;
  readonly sequence: number;
  /** Stamp in ms after the start of the trace. */
  readonly stampMs: number;
  /** Arrival in ms after the start of the trace. */
  readonly arrivalMs: number;
  readonly csrc: number;
  readonly marker?: boolean;
  /** Silence of the pump instead of sound. */
  readonly standIn?: boolean;
  /** Instead of what `value` makes. */
  readonly payload?: Uint8Array;
  /** 1 to 255: the decoder of the tests makes this value / 1000 of it, for 20 ms. */
  readonly value: number;
}

/** A run of 20 ms packets of one broadcast, arriving 10 ms after their stamp. */
export function tracePackets(run: {
  bus?: string;
  rank: number;
  tag: number;
  overlay?: boolean;
  fromMs: number;
  untilMs: number;
  value: number;
  firstSequence?: number;
}): TracePacket[] {
  const packets: TracePacket[] = [];
  const csrc = toCsrc({ rank: run.rank, overlay: run.overlay ?? false, tag: run.tag });
  for (let stampMs = run.fromMs; stampMs < run.untilMs; stampMs += 20) {
    const sequence = ((run.firstSequence ?? 0) + packets.length) & 0xffff;
    packets.push({ bus: run.bus ?? 'a', sequence, stampMs, arrivalMs: stampMs + 10, csrc, value: run.value });
  }
  return packets;
}

/** A decoder whose output is a constant named by the payload. */
export function traceDecoder(): VoiceDecoder {
  return {
    decode: (payload, fec, samples) => {
      const value = payload === null ? INVENTED_VALUE : fec ? RECOVERED_VALUE : (payload[1] ?? 0) / 1_000;
      return new Float32Array(samples).fill(value);
    },
    close: () => undefined,
  };
}

export function toBusPacket(packet: TracePacket, startMs = TRACE_START_MS): BusPacket<string> {
  return {
    bus: packet.bus,
    sequence: packet.sequence,
    timestamp: toTimestamp(startMs + packet.stampMs),
    label: fromCsrc(packet.csrc),
    marker: packet.marker ?? false,
    payload: packet.payload ?? (packet.standIn ? STAND_IN_PAYLOAD : new Uint8Array([0x78, packet.value])),
  };
}

/** Everything that was rendered in a trace; times in ms after its start, at the output. */
export interface TraceOutput {
  readonly blocks: readonly RenderedBlock<string>[];
  readonly engine: PlayoutEngine<string>;
  /** The sample heard at this time. */
  at(outputMs: number): number;
  samplesBetween(fromMs: number, untilMs: number): Float32Array;
}

/** Runs packets through an engine in blocks of 10 ms, each rendered just before it is heard. */
export function playTrace(
  packets: readonly TracePacket[],
  untilMs: number,
  options: { settings?: PlayoutSettings; startMs?: number; engine?: PlayoutEngine<string> } = {},
): TraceOutput {
  const startMs = options.startMs ?? TRACE_START_MS;
  const engine = options.engine ?? new PlayoutEngine<string>(traceDecoder, options.settings ?? TRACE_SETTINGS);
  const pending = [...packets].sort((a, b) => a.arrivalMs - b.arrivalMs);
  const blocks: RenderedBlock<string>[] = [];
  const samples = new Float32Array(untilMs * SAMPLES_PER_MS);
  for (let nowMs = 0; nowMs < untilMs; nowMs += 10) {
    for (let next = pending[0]; next && next.arrivalMs <= nowMs; next = pending[0]) {
      pending.shift();
      engine.push(toBusPacket(next, startMs), startMs + next.arrivalMs);
    }
    const block = engine.renderBlock(startMs + nowMs, 10 * SAMPLES_PER_MS);
    samples.set(block.samples, nowMs * SAMPLES_PER_MS);
    blocks.push(block);
  }
  const between = (fromMs: number, toMs: number): Float32Array =>
    samples.subarray(Math.round(fromMs * SAMPLES_PER_MS), Math.round(toMs * SAMPLES_PER_MS));
  return { blocks, engine, samplesBetween: between, at: (ms) => samples[Math.round(ms * SAMPLES_PER_MS)] ?? 0 };
}

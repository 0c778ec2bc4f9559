import type { BusLabel } from '../protocol/csrc.ts';
import type { VoiceDecoder } from './decoder.ts';
import { FADE_SAMPLES, fadeIn, fadeOut, stretch } from './edges.ts';
import { roleSlope } from './gain.ts';
import { JitterBuffer, type BufferedPacket } from './jitter-buffer.ts';
import { planStep } from './playout-plan.ts';
import { Presence } from './presence.ts';
import { SeenStamps } from './seen-stamps.ts';
import type { StampSample } from './stamp-sample.ts';

/** What was made of one broadcast since the last time somebody asked. */
export interface VoiceCounts {
  lostPackets: number;
  concealedSamples: number;
}

/**
 * One broadcast in the receiver: buffered packets in, a continuous line of samples out, gaps filled as `planStep` says.
 * `Bus` names the stream on which a packet came.
 */
export class Voice<Bus> {
  readonly label: BusLabel;
  readonly presence = new Presence<Bus>();
  readonly buffer = new JitterBuffer();
  /** Current factors of amplitude: from the role in the mix, and from the volume. The mixer ramps them. */
  roleGain = 0;
  #roleTarget: number | null = null;
  #roleSlope = 0;
  volumeGain: number;
  /** Server time in ms at which the first audible sample left, once one did. */
  firstSoundAt: number | null = null;
  /** What was made last stands in for a source that is away. */
  standsIn = false;
  readonly #seen = new SeenStamps();
  readonly #seenStandIns = new SeenStamps();
  readonly #decoder: VoiceDecoder;
  #next: StampSample | null = null;
  #lastPacketSamples: number | null = null;
  #concealed = 0;
  #gapSamples = 0;
  #soundFrom: StampSample | null = null;
  /** What is made next follows silence. */
  #afterSilence = true;
  /** Samples made since silence: the first of them are faded in, also where they are of several packets. */
  #sinceSilence = 0;
  /** What was read last is a hole before what is made. */
  #isHole = false;
  /** Made and not yet taken; starts at `#next - #chunk.length`. */
  #chunk: Float32Array = new Float32Array(0);
  #counts: VoiceCounts = { lostPackets: 0, concealedSamples: 0 };

  constructor(label: BusLabel, decoder: VoiceDecoder, volumeGain: number) {
    this.label = label;
    this.#decoder = decoder;
    this.volumeGain = volumeGain;
  }

  /** Whether it is no copy. A stand-in is none of the sound for the same time, nor the other way round (PO24). */
  noteSeen(start: StampSample, standIn: boolean): boolean {
    return (standIn ? this.#seenStandIns : this.#seen).note(start);
  }

  /** PO10, PO11: where the role's factor goes. How fast is decided once, so that a fade may span any number of blocks. */
  steerRole(target: number): number {
    if (target !== this.#roleTarget) this.#roleSlope = roleSlope(this.roleGain, target);
    this.#roleTarget = target;
    return this.#roleSlope;
  }

  /** What follows is faded in. */
  fadeInAnew(): void {
    this.roleGain = 0;
    this.#roleTarget = null;
  }

  /** Whether a packet that ends at `end` could still be heard. */
  isLate(end: StampSample): boolean {
    return this.#next !== null && end <= this.#next;
  }

  /** The first sample that was ever made of a packet; null before that: there is nothing to hear yet. */
  get soundFrom(): StampSample | null {
    return this.#soundFrom;
  }

  /** Writes the samples from `from` on to `out`, zeros where there are none; returns how many are gaps left silent. */
  read(from: StampSample, out: Float32Array): number {
    out.fill(0);
    const until = from + out.length;
    let cursor = from;
    let silent = 0;
    if (this.#next === null || this.#next < from) this.#skipTo(from);
    while (cursor < until) {
      const next = this.#next ?? from;
      const chunkStart = next - this.#chunk.length;
      if (chunkStart > cursor) {
        silent += Math.min(until, chunkStart) - cursor;
        cursor = Math.min(until, chunkStart);
        this.#isHole = true;
      } else if (cursor < next) {
        // The position was moved back: what is made already comes after silence now.
        if (this.#isHole) this.#chunk = fadeIn(this.#chunk);
        this.#isHole = false;
        const taken = this.#chunk.subarray(cursor - chunkStart, Math.min(next, until) - chunkStart);
        out.set(taken, cursor - from);
        cursor += taken.length;
        if (this.#afterSilence) silent += taken.length;
      } else {
        this.#afterSilence ||= this.#isHole;
        this.#isHole = false;
        this.#produce(next, until);
      }
    }
    return silent;
  }

  /** Counts since the last call. */
  takeCounts(): VoiceCounts {
    const counts = this.#counts;
    this.#counts = { lostPackets: 0, concealedSamples: 0 };
    return counts;
  }

  close(): void {
    this.#decoder.close();
  }

  /** The position jumped ahead: what was to be heard in between is given up. */
  #skipTo(position: StampSample): void {
    this.buffer.dropBefore(position);
    this.#next = position;
    this.#chunk = new Float32Array(0);
    this.#afterSilence = true;
    this.#gapSamples = 0;
  }

  #produce(next: StampSample, until: StampSample): void {
    const packet = this.buffer.first();
    const step = planStep(
      { next, lastPacketSamples: this.#lastPacketSamples, concealed: this.#concealed },
      packet,
      until,
    );
    switch (step.kind) {
      case 'drop':
        this.buffer.shift();
        return;
      case 'packet':
        if (packet) this.#playPacket(packet, step.skip, step.length);
        return;
      case 'recover':
        if (packet) this.#append(this.#soften(this.#decoder.decode(packet.payload, true, step.length)), step.length);
        return this.#noteConcealed(step.length);
      case 'conceal': {
        const invented = this.#decoder.decode(null, false, step.length);
        this.#append(step.last ? fadeOut(invented) : invented, step.length);
        this.#afterSilence = step.last;
        return this.#noteConcealed(step.length);
      }
      case 'silence':
        this.#afterSilence = true;
        if (this.#lastPacketSamples !== null) this.#gapSamples += step.length;
        return this.#append(new Float32Array(step.length), step.length);
    }
  }

  #playPacket(packet: BufferedPacket, skip: number, length: number): void {
    this.buffer.shift();
    this.standsIn = packet.standIn;
    if (packet.standIn) return this.#standIn(Math.max(1, length));
    this.#soundFrom ??= this.#next;
    const decoded = this.#decoder.decode(packet.payload, false, packet.samples).subarray(skip);
    this.#append(this.#soften(stretch(decoded, Math.max(1, length))), Math.max(1, length));
    // A gap counts as loss only now: at the end of a broadcast nothing was lost.
    if (this.#gapSamples > 0) this.#counts.lostPackets += Math.max(1, Math.round(this.#gapSamples / packet.samples));
    this.#gapSamples = 0;
    this.#concealed = 0;
    this.#lastPacketSamples = packet.samples;
  }

  /** PO24: the source is away or stands still. That is no sound, and the time that it covers was not lost on the way. */
  #standIn(length: number): void {
    // PO113: what was heard is let out; a stand-in, and the end of a broadcast with it, may come in the middle of a word.
    const rest = this.#afterSilence ? null : this.#decoder.decode(null, false, FADE_SAMPLES);
    const samples = new Float32Array(length);
    if (rest !== null) samples.set(fadeOut(rest).subarray(0, length));
    this.#afterSilence = true;
    this.#gapSamples = 0;
    this.#concealed = 0;
    this.#lastPacketSamples = null;
    this.#append(samples, length);
  }

  #noteConcealed(samples: number): void {
    this.#concealed += samples;
    this.#gapSamples += samples;
    this.#counts.concealedSamples += samples;
  }

  /** Sound that follows silence is faded in. */
  #soften(samples: Float32Array): Float32Array {
    if (this.#afterSilence) this.#sinceSilence = 0;
    this.#afterSilence = false;
    const result = this.#sinceSilence < FADE_SAMPLES ? fadeIn(samples, this.#sinceSilence) : samples;
    this.#sinceSilence += samples.length;
    return result;
  }

  /** Copies, because what a decoder returns is only valid until its next call. */
  #append(samples: Float32Array, length: number): void {
    this.#chunk = new Float32Array(length);
    this.#chunk.set(samples.subarray(0, length));
    this.#next = (this.#next ?? 0) + length;
  }
}

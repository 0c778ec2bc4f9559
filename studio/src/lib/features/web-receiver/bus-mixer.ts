import { DUCK_MS, FADE_MS, fromDb, UNDUCK_MS } from '@loa/shared/playout/gain';
import { toLevelDbfs } from '@loa/shared/playout/level-meter';

/**
 * A limiter in front of the loudspeaker: below the threshold it changes nothing, and what it holds down for good leaves at -1 dBFS at most for an input of
 * +18 dBFS. It needs its time of attack: a sudden peak may pass higher for two milliseconds, which the limiter of the other receivers (PO13) prevents.
 */
const LIMITER = { threshold: -2, knee: 0, ratio: 20, attack: 0.002, release: 0.1 };
/** What a DynamicsCompressorNode adds of its own account, whatever comes in, as the power of its gain at full scale (W3C Web Audio 1.19: make-up gain). */
const MAKE_UP_POWER = 0.6;
const METER_SAMPLES = 8_192;

interface MixedBus {
  readonly element: HTMLAudioElement;
  readonly gain: GainNode;
  readonly meter: AnalyserNode;
  target: number;
}

/** The sound of all buses of one receiver as the browser decoded it, mixed by their gains. */
export class BusMixer {
  readonly #context: AudioContext;
  readonly #volume: GainNode;
  readonly #limiter: DynamicsCompressorNode;
  readonly #meter: AnalyserNode;
  readonly #samples = new Float32Array(METER_SAMPLES);
  #buses: readonly MixedBus[] = [];

  constructor(context: AudioContext) {
    this.#context = context;
    this.#volume = new GainNode(context, { gain: 1 });
    this.#limiter = new DynamicsCompressorNode(context, LIMITER);
    this.#meter = new AnalyserNode(context, { fftSize: METER_SAMPLES });
    const withoutMakeUp = new GainNode(context, { gain: 1 / makeUpGain(LIMITER) });
    this.#volume.connect(this.#limiter).connect(withoutMakeUp).connect(this.#meter).connect(context.destination);
  }

  /** Replaces all buses: a new connection brings new tracks. */
  connect(tracks: readonly MediaStreamTrack[]): void {
    this.#disconnect();
    this.#buses = tracks.map((track) => {
      const stream = new MediaStream([track]);
      // Chromium renders a remote track in WebAudio only while a media element plays it too, even a muted one.
      const element = new Audio();
      element.muted = true;
      element.srcObject = stream;
      void element.play().catch(() => undefined);
      const gain = new GainNode(this.#context, { gain: 0 });
      const meter = new AnalyserNode(this.#context, { fftSize: 2_048 });
      this.#context.createMediaStreamSource(stream).connect(meter).connect(gain).connect(this.#volume);
      return { element, gain, meter, target: 0 };
    });
  }

  setGains(gains: readonly number[]): void {
    for (const [index, bus] of this.#buses.entries()) {
      const target = gains[index] ?? 0;
      if (target === bus.target) continue;
      const ducking = target > 0 && bus.target > 0;
      const lengthMs = ducking ? (target < bus.target ? DUCK_MS : UNDUCK_MS) : FADE_MS;
      const now = this.#context.currentTime;
      bus.gain.gain.cancelScheduledValues(now);
      bus.gain.gain.setValueAtTime(bus.gain.gain.value, now);
      bus.gain.gain.linearRampToValueAtTime(target, now + lengthMs / 1_000);
      bus.target = target;
    }
  }

  setVolume(factor: number): void {
    this.#volume.gain.setTargetAtTime(factor, this.#context.currentTime, 0.02);
  }

  /** RMS of a bus before its gain in the last 40 ms, dBFS; null for silence. */
  busLevelDbfs(index: number): number | null {
    const meter = this.#buses[index]?.meter;
    return meter ? levelOf(meter, this.#samples.subarray(0, meter.fftSize)) : null;
  }

  /** RMS of what goes to the loudspeaker, dBFS; null for silence. */
  levelDbfs(): number | null {
    return levelOf(this.#meter, this.#samples);
  }

  close(): void {
    this.#disconnect();
    this.#meter.disconnect();
  }

  #disconnect(): void {
    for (const bus of this.#buses) {
      bus.element.srcObject = null;
      bus.gain.disconnect();
    }
    this.#buses = [];
  }
}

/** PO93: the factor by which a hard-kneed compressor raises everything. */
export function makeUpGain({ threshold, ratio }: { readonly threshold: number; readonly ratio: number }): number {
  const fullScaleDb = threshold - threshold / ratio;
  return fromDb(-fullScaleDb * MAKE_UP_POWER);
}

function levelOf(meter: AnalyserNode, samples: Float32Array<ArrayBuffer>): number | null {
  meter.getFloatTimeDomainData(samples);
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  return toLevelDbfs(energy, samples.length);
}

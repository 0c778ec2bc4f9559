import { DUCK_MS, FADE_MS, UNDUCK_MS } from '@loa/shared/playout/gain';
import { toLevelDbfs } from '@loa/shared/playout/level-meter';
import { LOUDNESS_RATE_HZ } from '#lib/audio/loudness.ts';

/** A limiter in front of the loudspeaker: nothing that is sent can overdrive the amplifier. */
const LIMITER = { threshold: -2, knee: 0, ratio: 20, attack: 0.002, release: 0.1 };
const METER_SAMPLES = 8_192;

/** The sound of all buses of one receiver, mixed by their gains. */
export class BusMixer {
  readonly #context = new AudioContext({ sampleRate: LOUDNESS_RATE_HZ, latencyHint: 'interactive' });
  readonly #volume = new GainNode(this.#context, { gain: 1 });
  readonly #analyser = new AnalyserNode(this.#context, { fftSize: METER_SAMPLES });
  readonly #samples = new Float32Array(METER_SAMPLES);
  #buses: { element: HTMLAudioElement; gain: GainNode; target: number }[] = [];

  constructor() {
    this.#volume
      .connect(new DynamicsCompressorNode(this.#context, LIMITER))
      .connect(this.#analyser)
      .connect(this.#context.destination);
  }

  get running(): boolean {
    return this.#context.state === 'running';
  }

  /** Seconds between the mixer and the loudspeaker, as far as the browser knows. */
  get outputLatencyMs(): number {
    return (this.#context.baseLatency + this.#context.outputLatency) * 1_000;
  }

  resume(): Promise<void> {
    return this.#context.resume();
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
      this.#context.createMediaStreamSource(stream).connect(gain).connect(this.#volume);
      return { element, gain, target: 0 };
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

  /** RMS of what goes to the loudspeaker, dBFS; null for silence. */
  levelDbfs(): number | null {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    let energy = 0;
    for (const sample of this.#samples) energy += sample * sample;
    return toLevelDbfs(energy, METER_SAMPLES);
  }

  close(): void {
    this.#disconnect();
    void this.#context.close();
  }

  #disconnect(): void {
    for (const bus of this.#buses) {
      bus.element.srcObject = null;
      bus.gain.disconnect();
    }
    this.#buses = [];
  }
}

import { playChime, type Chime } from './chime.ts';
import { LOUDNESS_RATE_HZ, type LevelReading } from './loudness.ts';
import meterUrl from './meter-worklet.ts?worker&url';
import type { VoiceMode } from './microphone-constraints.ts';

const FADE_S = 0.03;
/** A start is answered sooner; if not, the voice is not kept waiting for a chime. */
const CHIME_WAIT_MS = 2_000;
/** A gentle speech compressor: evens out the distance to the microphone, leaves the character alone. */
const COMPRESSOR = { threshold: -24, knee: 12, ratio: 3, attack: 0.004, release: 0.2 };
const LOW_CUT_HZ = 80;

/**
 * Microphone → low cut → compressor → gate → mix → one mono track. A chime is mixed in before the gate opens, so it takes
 * the same way as the voice. Closing stops the microphone.
 */
export class MicChain {
  readonly track: MediaStreamTrack;
  readonly #context: AudioContext;
  readonly #input: MediaStream;
  readonly #gate: GainNode;
  readonly #mix: GainNode;
  #gateTimer: ReturnType<typeof setTimeout> | undefined;

  private constructor(
    context: AudioContext,
    input: MediaStream,
    mode: VoiceMode,
    onLevel: (reading: LevelReading) => void,
  ) {
    this.#context = context;
    this.#input = input;
    this.#gate = context.createGain();
    this.#mix = context.createGain();
    const source = context.createMediaStreamSource(input);
    if (mode === 'speech') {
      const lowCut = new BiquadFilterNode(context, { type: 'highpass', frequency: LOW_CUT_HZ });
      source.connect(lowCut).connect(new DynamicsCompressorNode(context, COMPRESSOR)).connect(this.#gate);
    } else {
      source.connect(this.#gate);
    }
    const output = new MediaStreamAudioDestinationNode(context, { channelCount: 1, channelCountMode: 'explicit' });
    this.#gate.connect(this.#mix).connect(output);
    const meter = new AudioWorkletNode(context, 'level-meter', { channelCount: 1, channelCountMode: 'explicit' });
    meter.port.onmessage = (message: MessageEvent<LevelReading>) => onLevel(message.data);
    // The meter hangs beside the signal path, not in it; the silent connection makes the engine pull it.
    const silent = new GainNode(context, { gain: 0 });
    this.#mix.connect(meter).connect(silent).connect(output);
    const track = output.stream.getAudioTracks()[0];
    if (!track) throw new Error('a stream destination without a track');
    track.contentHint = mode === 'speech' ? 'speech' : 'music';
    this.track = track;
  }

  static async open(input: MediaStream, mode: VoiceMode, onLevel: (reading: LevelReading) => void): Promise<MicChain> {
    const context = new AudioContext({ sampleRate: LOUDNESS_RATE_HZ, latencyHint: 'interactive' });
    await context.audioWorklet.addModule(meterUrl);
    // Browsers that want a press first resume on the next one; while a microphone is captured they usually do not ask.
    void context.resume();
    return new MicChain(context, input, mode, onLevel);
  }

  get suspended(): boolean {
    return this.#context.state === 'suspended';
  }

  resume(): Promise<void> {
    return this.#context.resume();
  }

  /** A chime will follow: nothing of the voice may come before it. */
  awaitChime(): void {
    this.#shutFor(CHIME_WAIT_MS);
  }

  /** Plays a chime in front of the voice: the microphone is shut until it is over. Resolves to its length in ms. */
  chime(chime: Chime): number {
    playChime(this.#context, chime, this.#mix);
    this.#shutFor(chime.lengthMs);
    return chime.lengthMs;
  }

  /** The same for a chime from the library. */
  async chimeFrom(encoded: ArrayBuffer): Promise<number> {
    const audio = await this.#context.decodeAudioData(encoded);
    const player = new AudioBufferSourceNode(this.#context, { buffer: audio });
    player.connect(this.#mix);
    player.start();
    const lengthMs = Math.round(audio.duration * 1000);
    this.#shutFor(lengthMs);
    return lengthMs;
  }

  #shutFor(lengthMs: number): void {
    clearTimeout(this.#gateTimer);
    this.#gate.gain.setTargetAtTime(0, this.#context.currentTime, FADE_S / 3);
    this.#gateTimer = setTimeout(() => this.openGate(), lengthMs);
  }

  openGate(): void {
    clearTimeout(this.#gateTimer);
    this.#gate.gain.setTargetAtTime(1, this.#context.currentTime, FADE_S / 3);
  }

  close(): void {
    clearTimeout(this.#gateTimer);
    for (const track of this.#input.getTracks()) track.stop();
    void this.#context.close();
  }
}

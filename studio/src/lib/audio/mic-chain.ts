import { ChimeGate, type ChimeTurn } from './chime-gate.ts';
import { LOUDNESS_RATE_HZ, type LevelReading } from './loudness.ts';
import meterUrl from './meter-worklet.ts?worker&url';
import type { VoiceMode } from './microphone-constraints.ts';

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
  readonly #gate: ChimeGate;

  private constructor(
    context: AudioContext,
    input: MediaStream,
    mode: VoiceMode,
    onLevel: (reading: LevelReading) => void,
  ) {
    this.#context = context;
    this.#input = input;
    const gate = context.createGain();
    const mix = context.createGain();
    this.#gate = new ChimeGate(context, gate, mix);
    const source = context.createMediaStreamSource(input);
    if (mode === 'speech') {
      const lowCut = new BiquadFilterNode(context, { type: 'highpass', frequency: LOW_CUT_HZ });
      source.connect(lowCut).connect(new DynamicsCompressorNode(context, COMPRESSOR)).connect(gate);
    } else {
      source.connect(gate);
    }
    const output = new MediaStreamAudioDestinationNode(context, { channelCount: 1, channelCountMode: 'explicit' });
    gate.connect(mix).connect(output);
    const meter = new AudioWorkletNode(context, 'level-meter', { channelCount: 1, channelCountMode: 'explicit' });
    meter.port.onmessage = (message: MessageEvent<LevelReading>) => onLevel(message.data);
    // The meter hangs beside the signal path, not in it; the silent connection makes the engine pull it.
    const silent = new GainNode(context, { gain: 0 });
    mix.connect(meter).connect(silent).connect(output);
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
  awaitChime(): ChimeTurn {
    return this.#gate.begin();
  }

  /** No chime precedes what is spoken now; an earlier one ends. */
  openGate(): void {
    this.#gate.open();
  }

  close(): void {
    this.#gate.close();
    for (const track of this.#input.getTracks()) track.stop();
    void this.#context.close();
  }
}

import { ChimeGate, type ChimeTurn } from './chime-gate.ts';
import { ContextWatch } from './context-watch.ts';
import { LOUDNESS_RATE_HZ, type LevelReading } from './loudness.ts';
import meterUrl from './meter-worklet.ts?worker&url';
import type { VoiceMode } from './microphone-constraints.ts';

/** A context that the browser holds back may never answer; the press that waits for it goes on. */
const RESUME_WAIT_MS = 1_000;
/** A gentle speech compressor: evens out the distance to the microphone, leaves the character alone. */
const COMPRESSOR = { threshold: -24, knee: 12, ratio: 3, attack: 0.004, release: 0.2 };
const LOW_CUT_HZ = 80;

export interface MicChainHandlers {
  onLevel(reading: LevelReading): void;
  /** The browser holds the sound back, or lets it go on. */
  onAsleep(asleep: boolean): void;
  /** The voice is kept back for a chime that waits with its broadcast. */
  onHold(holds: boolean): void;
}

/**
 * Microphone → low cut → compressor → gate → mix → one mono track. A chime is mixed in before the gate opens, so it takes
 * the same way as the voice. Closing stops the microphone.
 */
export class MicChain {
  readonly track: MediaStreamTrack;
  readonly #context: AudioContext;
  readonly #input: MediaStream;
  readonly #gate: ChimeGate;
  readonly #watch: ContextWatch;

  private constructor(
    context: AudioContext,
    input: MediaStream,
    mode: VoiceMode,
    { onLevel, onAsleep, onHold }: MicChainHandlers,
  ) {
    this.#context = context;
    this.#input = input;
    const gate = context.createGain();
    const mix = context.createGain();
    this.#gate = new ChimeGate(context, gate, mix, onHold);
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
    this.#watch = new ContextWatch(context, window, onAsleep);
  }

  /** Takes the microphone over: one that gets no chain is stopped, lest it stay open unseen. */
  static async open(input: MediaStream, mode: VoiceMode, handlers: MicChainHandlers): Promise<MicChain> {
    let context: AudioContext | null = null;
    try {
      context = new AudioContext({ sampleRate: LOUDNESS_RATE_HZ, latencyHint: 'interactive' });
      await context.audioWorklet.addModule(meterUrl);
      return new MicChain(context, input, mode, handlers);
    } catch (cause) {
      for (const track of input.getTracks()) track.stop();
      void context?.close();
      throw cause;
    }
  }

  /** Called in a press, which browsers take for the wish to be heard. */
  async resume(): Promise<void> {
    const waited = new Promise((resolve) => setTimeout(resolve, RESUME_WAIT_MS));
    await Promise.race([this.#context.resume(), waited]);
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
    this.#watch.close();
    for (const track of this.#input.getTracks()) track.stop();
    void this.#context.close();
  }
}

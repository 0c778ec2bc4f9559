import { microphoneConstraints, type VoiceMode } from '#lib/audio/microphone-constraints.ts';
import { microphoneFailure, type MicrophoneFailure } from '#lib/audio/microphone-failure.ts';
import type { SegmentView } from '@loa/shared/protocol/live';
import type Recorder from 'opus-recorder';
import encoderPath from 'opus-recorder/dist/encoderWorker.min.js?url';
import { createContext } from 'svelte';

const SAMPLE_RATE_HZ = 48_000;
const BIT_RATE = 64_000;
/** The library takes an hour; a recording stops before that by itself. */
export const MAX_RECORDING_MS = 55 * 60_000;

export type RecordingState = 'idle' | 'starting' | 'recording' | 'done' | 'failed';

/** Records the microphone as Ogg/Opus in the browser, page by page, so that a long message does not fill the memory twice. */
export class Recording {
  state = $state<RecordingState>('idle');
  /** With state `failed`: what was wrong with the microphone. */
  failure = $state<MicrophoneFailure>('failed');
  startedAt = $state(0);
  lengthMs = $state(0);
  audio = $state.raw<Blob | null>(null);
  url = $state<string | null>(null);
  /** What it will be saved as, kept with it while other pages are visited. */
  title = $state('');
  purpose = $state<SegmentView['purpose']>('audio');
  saving = $state(false);
  /** Why it could not be saved, and what to do. */
  remedy = $state<string | null>(null);
  /** There is sound that nobody has saved or thrown away. */
  readonly unsaved = $derived(this.state === 'recording' || this.state === 'done');
  #stop: (() => Promise<void>) | null = null;
  /** Counts the beginnings: one that was given up while the browser asked for the microphone must not record unseen. */
  #turn = 0;
  #limit: ReturnType<typeof setTimeout> | undefined;

  async start(deviceId: string | null, mode: VoiceMode): Promise<void> {
    this.discard();
    this.state = 'starting';
    const turn = this.#turn;
    try {
      const recorder = await this.#begin(deviceId, mode, turn);
      if (turn !== this.#turn) {
        await recorder.stop();
        return;
      }
      this.startedAt = Date.now();
      this.state = 'recording';
      this.#stop = () => recorder.stop();
      this.#limit = setTimeout(() => void this.stop(), MAX_RECORDING_MS);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.failure = microphoneFailure(error);
      this.state = 'failed';
    }
  }

  async stop(): Promise<void> {
    clearTimeout(this.#limit);
    const stop = this.#stop;
    this.#stop = null;
    this.lengthMs = Date.now() - this.startedAt;
    await stop?.();
  }

  /**
   * Hands the sound to `send`, which answers null when it is saved and otherwise what to do. The sound goes when it is safe; one
   * that was recorded meanwhile stays.
   */
  async save(send: (audio: Blob) => Promise<string | null>): Promise<void> {
    const { audio } = this;
    if (audio === null || this.saving) return;
    this.saving = true;
    const remedy = await send(audio).finally(() => (this.saving = false));
    if (this.audio !== audio) return;
    if (remedy === null) this.discard();
    else this.remedy = remedy;
  }

  /** Its page is left: what was said is kept for the return, and nothing is recorded unseen. */
  leave(): void {
    if (this.state === 'recording') void this.stop();
    else if (this.state !== 'done') this.discard();
  }

  discard(): void {
    this.#turn += 1;
    clearTimeout(this.#limit);
    void this.#stop?.();
    this.#stop = null;
    if (this.url !== null) URL.revokeObjectURL(this.url);
    this.url = null;
    this.audio = null;
    this.title = '';
    this.remedy = null;
    this.state = 'idle';
  }

  async #begin(deviceId: string | null, mode: VoiceMode, turn: number): Promise<Recorder> {
    const recorder = await this.#recorderOf(deviceId, mode);
    try {
      await recorder.start();
      return recorder;
    } catch (error) {
      recorder.close();
      // The remembered microphone is not plugged in today: the default one records rather than none.
      if (deviceId === null || turn !== this.#turn || microphoneFailure(error) === 'denied') throw error;
      return this.#begin(null, mode, turn);
    }
  }

  async #recorderOf(deviceId: string | null, mode: VoiceMode): Promise<Recorder> {
    const { default: OpusRecorder } = await import('opus-recorder');
    const pages: Uint8Array<ArrayBuffer>[] = [];
    const recorder = new OpusRecorder({
      encoderPath,
      mediaTrackConstraints: microphoneConstraints(deviceId, mode),
      encoderSampleRate: SAMPLE_RATE_HZ,
      encoderBitRate: BIT_RATE,
      encoderFrameSize: 20,
      numberOfChannels: 1,
      streamPages: true,
      maxFramesPerPage: 50,
    });
    recorder.ondataavailable = (page) => pages.push(new Uint8Array(page));
    recorder.onstop = () => this.#finish(pages);
    return recorder;
  }

  #finish(pages: readonly Uint8Array<ArrayBuffer>[]): void {
    if (this.state !== 'recording') return;
    this.audio = new Blob([...pages], { type: 'audio/ogg' });
    this.url = URL.createObjectURL(this.audio);
    this.state = 'done';
  }
}

export const [getRecording, setRecording] = createContext<Recording>();

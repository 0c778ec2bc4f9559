import { SILENCE_DB, type LevelReading } from './loudness.ts';
import { MicChain } from './mic-chain.ts';
import { microphoneConstraints, type VoiceMode } from './microphone-constraints.ts';
import { microphoneFailure, type MicrophoneFailure } from './microphone-failure.ts';

export type MicrophoneState = 'off' | 'asking' | 'ready' | 'unplugged' | MicrophoneFailure;

export interface InputDevice {
  readonly deviceId: string;
  readonly label: string;
}

const DEVICE_KEY = 'loa.microphone';
const MODE_KEY = 'loa.voice-mode';
const SILENT: LevelReading = { peakDbfs: SILENCE_DB, momentaryLufs: SILENCE_DB };

/** The microphone of this page: permission, choice, level. One instance in the root layout, so it outlives pages. */
export class Microphone {
  state = $state<MicrophoneState>('off');
  devices = $state.raw<readonly InputDevice[]>([]);
  deviceId = $state<string | null>(null);
  mode = $state<VoiceMode>('speech');
  level = $state.raw<LevelReading>(SILENT);
  /** Server-independent time of the last sample above -60 dBFS; says whether anybody speaks. */
  lastSoundAt = $state(0);
  /** The browser holds the sound of this page back: what is sent is silence, whatever the receivers report. */
  asleep = $state(false);
  /** The voice is kept back for a chime that waits with its broadcast: a meter that shows nothing is no fault. */
  waitsForChime = $state(false);
  chain = $state.raw<MicChain | null>(null);
  /** Which opening counts: one that was overtaken while people were asked closes what it has got. */
  #opening = 0;
  /** The opening under way: both presenters of a tab that is loaded anew ask at once, and each has to hear how it went. */
  #outcome: Promise<boolean> | null = null;
  readonly #onDeviceChange = () => void this.#listDevices();

  /** Reads the remembered choice; nothing is opened. */
  restore(): void {
    this.deviceId = localStorage.getItem(DEVICE_KEY);
    this.mode = localStorage.getItem(MODE_KEY) === 'raw' ? 'raw' : 'speech';
    navigator.mediaDevices?.addEventListener('devicechange', this.#onDeviceChange);
  }

  async isAllowed(): Promise<boolean> {
    try {
      return (await navigator.permissions.query({ name: 'microphone' })).state === 'granted';
    } catch {
      return false;
    }
  }

  async open(): Promise<boolean> {
    if (this.state === 'ready') return true;
    if (!navigator.mediaDevices) {
      // Browsers hide the microphone from pages that are neither https nor on this machine.
      this.state = 'failed';
      return false;
    }
    return (this.#outcome ??= this.#open());
  }

  /** What spoke until now goes on until the other one is open: people may be on air. */
  async choose(deviceId: string | null, mode: VoiceMode): Promise<void> {
    this.deviceId = deviceId;
    this.mode = mode;
    if (deviceId === null) localStorage.removeItem(DEVICE_KEY);
    else localStorage.setItem(DEVICE_KEY, deviceId);
    localStorage.setItem(MODE_KEY, mode);
    this.#outcome = this.#open();
    await this.#outcome;
  }

  close(): void {
    navigator.mediaDevices?.removeEventListener('devicechange', this.#onDeviceChange);
    this.#drop('off');
  }

  async #open(): Promise<boolean> {
    this.state = 'asking';
    const opening = (this.#opening += 1);
    try {
      const input = await this.#capture(opening);
      const chain = await MicChain.open(input, this.mode, {
        onLevel: (reading) => {
          this.level = reading;
          if (reading.peakDbfs > -60) this.lastSoundAt = Date.now();
        },
        onAsleep: (asleep) => {
          if (opening === this.#opening) this.asleep = asleep;
        },
        onHold: (holds) => {
          if (opening === this.#opening) this.waitsForChime = holds;
        },
      });
      if (opening !== this.#opening) {
        chain.close();
        return this.#overtaken();
      }
      input.getAudioTracks()[0]?.addEventListener('ended', () => {
        // While another one is opened its end is no news: some systems end the first when they open the second.
        if (opening === this.#opening) this.#drop('unplugged');
      });
      this.chain?.close();
      this.asleep = false;
      this.waitsForChime = false;
      this.chain = chain;
      this.lastSoundAt = Date.now();
      this.state = 'ready';
    } catch (cause) {
      if (opening !== this.#opening) return this.#overtaken();
      this.#drop(microphoneFailure(cause));
      return false;
    }
    await this.#listDevices();
    return true;
  }

  /** Whoever asked for a microphone wants one, not the one that was the choice then: the later opening answers for both. */
  #overtaken(): Promise<boolean> | boolean {
    return this.#outcome ?? false;
  }

  #drop(state: MicrophoneState): void {
    this.#opening += 1;
    this.#outcome = null;
    this.chain?.close();
    this.chain = null;
    this.asleep = false;
    this.waitsForChime = false;
    this.level = SILENT;
    this.state = state;
  }

  async #capture(opening: number): Promise<MediaStream> {
    const { deviceId, mode } = this;
    try {
      return await navigator.mediaDevices.getUserMedia({ audio: microphoneConstraints(deviceId, mode) });
    } catch (cause) {
      // The remembered microphone is not plugged in today: take the default one rather than none. A choice made meanwhile stays.
      if (deviceId === null || microphoneFailure(cause) === 'denied' || opening !== this.#opening) throw cause;
      this.deviceId = null;
      return navigator.mediaDevices.getUserMedia({ audio: microphoneConstraints(null, mode) });
    }
  }

  /** A browser that does not tell its devices is no reason to be silent: the list stays as it was. */
  async #listDevices(): Promise<void> {
    const all = await navigator.mediaDevices.enumerateDevices().catch(() => null);
    if (all === null) return;
    this.devices = all
      .filter((device) => device.kind === 'audioinput' && device.deviceId !== '')
      .map((device) => ({ deviceId: device.deviceId, label: device.label }));
  }
}

/** One note of a chime: frequency in Hz, start and length in seconds after the chime began. */
interface Note {
  readonly hz: number;
  readonly at: number;
  readonly length: number;
}

export interface Chime {
  readonly notes: readonly Note[];
  readonly lengthMs: number;
  /** `bell` dies away, `horn` keeps its level: an attention signal must not sound like a doorbell. */
  readonly voice: 'bell' | 'horn';
}

/** D5, F#5, A5: announces ordinary speech. */
export const THREE_TONES: Chime = {
  notes: [
    { hz: 587.33, at: 0, length: 1.2 },
    { hz: 739.99, at: 0.55, length: 1.2 },
    { hz: 880, at: 1.1, length: 1.6 },
  ],
  lengthMs: 2_600,
  voice: 'bell',
};

/** Alternating 770 and 960 Hz for four seconds: announces an emergency. */
export const ATTENTION_SIGNAL: Chime = {
  notes: Array.from({ length: 8 }, (_, i) => ({ hz: i % 2 === 0 ? 770 : 960, at: i * 0.5, length: 0.5 })),
  lengthMs: 4_200,
  voice: 'horn',
};

const LEVEL = 0.35;
const ATTACK_S = 0.012;

/** Plays the notes into `output`, starting at once. */
export function playChime(context: BaseAudioContext, chime: Chime, output: AudioNode): void {
  const start = context.currentTime + 0.02;
  for (const note of chime.notes) {
    const envelope = context.createGain();
    const from = start + note.at;
    const until = from + note.length;
    envelope.gain.setValueAtTime(0, from);
    envelope.gain.linearRampToValueAtTime(LEVEL, from + ATTACK_S);
    if (chime.voice === 'bell') envelope.gain.exponentialRampToValueAtTime(0.001, until);
    else envelope.gain.setValueAtTime(LEVEL, until - ATTACK_S);
    envelope.gain.linearRampToValueAtTime(0, until);
    envelope.connect(output);
    for (const [harmonic, share] of [
      [1, 1],
      [2, 0.25],
      [3, 0.1],
    ] as const) {
      const oscillator = context.createOscillator();
      const weight = context.createGain();
      oscillator.frequency.value = note.hz * harmonic;
      weight.gain.value = share;
      oscillator.connect(weight).connect(envelope);
      oscillator.start(from);
      oscillator.stop(until);
    }
  }
}

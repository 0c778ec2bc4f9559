import { chance, RATE_HZ } from '../../receiver/test/support/chirps.ts';

/** C, A minor, F, G: each chord as semitones above the A of 220 Hz. */
const CHORDS: readonly (readonly number[])[] = [
  [3, 7, 10],
  [0, 3, 7],
  [-4, 0, 3],
  [-2, 2, 5],
];
const CHORD_S = 1;
const BEAT_S = 0.25;
const OVERTONES = 6;
const ROOT_HZ = 220;

/** Mono music of so many whole seconds, the same every time: plucked chords with overtones, and a short noise on every beat. */
export function makeMusic(seconds: number): Int16Array {
  const next = chance(4_711);
  return Int16Array.from({ length: seconds * RATE_HZ }, (_value, n) => {
    const s = n / RATE_HZ;
    const chord = CHORDS[Math.floor(s / CHORD_S) % CHORDS.length] ?? [];
    const sinceChord = s % CHORD_S;
    const notes = chord.reduce((sum, semitones) => sum + pluck(ROOT_HZ * 2 ** (semitones / 12), sinceChord), 0);
    const noise = (next() - 0.5) * Math.exp(-(s % BEAT_S) * 60);
    return Math.round((notes * 0.12 + noise * 0.2) * 32_767);
  });
}

function pluck(hz: number, s: number): number {
  let value = 0;
  for (let k = 1; k <= OVERTONES; k += 1) value += (Math.sin(2 * Math.PI * hz * k * s) * Math.exp(-s * (1 + k))) / k;
  return value;
}

import { RATE_HZ } from '../../receiver/test/support/chirps.ts';

const WINDOW_MS = 5;
const WINDOW_SAMPLES = (RATE_HZ * WINDOW_MS) / 1_000;

/**
 * How long each stretch of `shortestMs` or more is in which the sound stays below `levelDbfs` (RMS of windows of 5 ms), in ms. What was sent has to
 * be louder than that throughout.
 */
export function silentStretches(
  sound: Float32Array,
  { levelDbfs, shortestMs }: { levelDbfs: number; shortestMs: number },
): number[] {
  const energy = WINDOW_SAMPLES * 10 ** (levelDbfs / 10);
  const stretches: number[] = [];
  let silentMs = 0;
  const end = (): void => {
    if (silentMs >= shortestMs) stretches.push(silentMs);
    silentMs = 0;
  };
  for (let at = 0; at + WINDOW_SAMPLES <= sound.length; at += WINDOW_SAMPLES) {
    const own = sound.subarray(at, at + WINDOW_SAMPLES).reduce((sum, value) => sum + value * value, 0);
    if (own < energy) silentMs += WINDOW_MS;
    else end();
  }
  end();
  return stretches;
}

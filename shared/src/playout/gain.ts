import { EMERGENCY_RANK } from '../broadcasts/rank.ts';
import { MIN_EMERGENCY_VOLUME } from '../protocol/limits.ts';
import type { Role } from './selection.ts';
import { SAMPLES_PER_MS } from './stamp-sample.ts';

/** What is below an overlay is this much softer, in dB. */
export const DUCK_DB = -18;
/** Time in which the lower broadcast is ducked, in ms. */
export const DUCK_MS = 200;
/** Time in which it comes back up, in ms. */
export const UNDUCK_MS = 600;
/** Fade at every switch, in ms. */
export const FADE_MS = 5;
/** Time in which a change of volume is carried out, in ms. */
export const VOLUME_RAMP_MS = 50;
/** Attenuation per step of volume below 100, in dB: 1 is 40 dB softer than 100. */
export const VOLUME_STEP_DB = 40 / 99;

/** Decibels → factor of amplitude. */
export function fromDb(db: number): number {
  return 10 ** (db / 20);
}

/** Factor of amplitude → decibels; negative infinity for zero. */
export function toDb(amplitude: number): number {
  return 20 * Math.log10(amplitude);
}

const DUCK_GAIN = fromDb(DUCK_DB);

/** PO7: factor of amplitude of a broadcast by its role; 0 for one that is not heard. */
export function roleGain(role: Role | undefined): number {
  if (role === undefined) return 0;
  return role === 'ducked' ? DUCK_GAIN : 1;
}

/** PO12: volume 0 to 100 → factor of amplitude. Equal steps are equal decibels, because that is how loudness is heard. */
export function volumeGain(volume: number): number {
  if (volume <= 0) return 0;
  return fromDb((Math.min(volume, 100) - 100) * VOLUME_STEP_DB);
}

/** What somebody set on this receiver. */
export interface VolumeSettings {
  readonly volume: number;
  readonly emergencyVolume: number;
  readonly muted: boolean;
}

/** PO12: factor of amplitude for a broadcast of this rank. An emergency is never silenced by a volume knob. */
export function listenerGain(settings: VolumeSettings, rank: number): number {
  if (rank >= EMERGENCY_RANK) return volumeGain(Math.max(MIN_EMERGENCY_VOLUME, settings.emergencyVolume));
  return settings.muted ? 0 : volumeGain(settings.volume);
}

/** PO10, PO11: change per sample on the way from one role's gain to another's. */
export function roleSlope(from: number, to: number): number {
  if (from <= 0 || to <= 0) return 1 / (FADE_MS * SAMPLES_PER_MS);
  const milliseconds = to < from ? DUCK_MS : UNDUCK_MS;
  return (1 - DUCK_GAIN) / (milliseconds * SAMPLES_PER_MS);
}

/** Change per sample of the volume factor. */
export const VOLUME_SLOPE = 1 / (VOLUME_RAMP_MS * SAMPLES_PER_MS);

/** One step of a linear ramp. */
export function approach(value: number, target: number, slope: number): number {
  return value < target ? Math.min(target, value + slope) : Math.max(target, value - slope);
}

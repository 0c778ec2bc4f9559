import { approach, FADE_MS, listenerGain, roleGain, VOLUME_SLOPE, type VolumeSettings } from './gain.ts';
import { selectRoles, type Role } from './selection.ts';
import { SAMPLES_PER_MS, type StampSample } from './stamp-sample.ts';
import type { Voice } from './voice.ts';

const FADE_SAMPLES = FADE_MS * SAMPLES_PER_MS;

/** What one block carried of one broadcast. */
export interface VoiceBlock<Bus> {
  readonly voice: Voice<Bus>;
  /** Role at the end of the block. */
  readonly role: Role | undefined;
  /** Samples that were sent to the sink with a factor above zero, since the broadcast was first heard. */
  readonly audibleSamples: number;
  /** Those of them that were sound and not a gap left silent. */
  readonly soundSamples: number;
  /** Offset of the first of them in the block. */
  readonly firstAudible: number | null;
  /** Sum of squares of what was sent. */
  readonly energy: number;
}

/** A part of a block in which no role changes; offsets in the block. */
interface Stretch {
  readonly from: number;
  readonly until: number;
  /** From here on there is something to hear of the voice. */
  readonly audibleFrom: number;
  readonly target: number;
  readonly volume: number;
}

interface Sums {
  audible: number;
  first: number | null;
  energy: number;
}

/**
 * PO10: mixes all voices for the samples from `position` on into `out`. Roles change at stamps, not at blocks; the broadcast
 * that has to leave is faded out before that sample, the one that comes is faded in from it.
 */
export function mixBlock<Bus>(
  voices: readonly Voice<Bus>[],
  position: StampSample,
  out: Float32Array,
  settings: VolumeSettings,
): VoiceBlock<Bus>[] {
  const parts = voices.map((voice) => {
    const samples = new Float32Array(out.length);
    const silent = voice.read(position, samples);
    const sums: Sums = { audible: 0, first: null, energy: 0 };
    return { voice, samples, sums, silent };
  });
  const end = position + out.length;
  const cuts = cutPoints(voices, position, end);
  let now: ReadonlyMap<number, Role> = new Map();
  cuts.forEach((from, index) => {
    const until = cuts[index + 1] ?? end;
    now = rolesAt(voices, from);
    const soon = rolesAt(voices, from + FADE_SAMPLES);
    for (const { voice, samples, sums } of parts) {
      const target = Math.min(roleGain(now.get(voice.label.tag)), roleGain(soon.get(voice.label.tag)));
      const volume = listenerGain(settings, voice.label.rank);
      const audibleFrom = voice.soundFrom === null ? out.length : voice.soundFrom - position;
      addPart(voice, samples, sums, out, {
        from: from - position,
        until: until - position,
        audibleFrom,
        target,
        volume,
      });
    }
  });
  return parts.map(({ voice, sums, silent }) => ({
    voice,
    role: now.get(voice.label.tag),
    audibleSamples: sums.audible,
    soundSamples: Math.max(0, sums.audible - silent),
    firstAudible: sums.first,
    energy: sums.energy,
  }));
}

function rolesAt<Bus>(voices: readonly Voice<Bus>[], sample: StampSample): ReadonlyMap<number, Role> {
  return selectRoles(voices.filter((voice) => voice.presence.isIn(sample)).map((voice) => voice.label));
}

/** Where in this block roles may change, now or a fade ahead; the block's first sample included. */
function cutPoints<Bus>(voices: readonly Voice<Bus>[], position: StampSample, end: StampSample): StampSample[] {
  const cuts = new Set([position]);
  for (const edge of voices.flatMap((voice) => voice.presence.edges())) {
    for (const cut of [edge, edge - FADE_SAMPLES]) {
      if (cut > position && cut < end) cuts.add(cut);
    }
  }
  return [...cuts].sort((a, b) => a - b);
}

function addPart<Bus>(voice: Voice<Bus>, samples: Float32Array, sums: Sums, out: Float32Array, stretch: Stretch): void {
  const slope = voice.steerRole(stretch.target);
  // Most of the time nothing fades.
  if (voice.roleGain === stretch.target && voice.volumeGain === stretch.volume)
    return addSteadily(samples, sums, out, stretch);
  for (let index = stretch.from; index < stretch.until; index += 1) {
    voice.roleGain = approach(voice.roleGain, stretch.target, slope);
    voice.volumeGain = approach(voice.volumeGain, stretch.volume, VOLUME_SLOPE);
    const gain = voice.roleGain * voice.volumeGain;
    if (gain <= 0) continue;
    const value = (samples[index] ?? 0) * gain;
    out[index] = (out[index] ?? 0) + value;
    if (index < stretch.audibleFrom) continue;
    sums.audible += 1;
    sums.first ??= index;
    sums.energy += value * value;
  }
}

/** The same where no factor changes. */
function addSteadily(samples: Float32Array, sums: Sums, out: Float32Array, stretch: Stretch): void {
  const gain = stretch.target * stretch.volume;
  if (gain <= 0) return;
  const audibleFrom = Math.max(stretch.from, stretch.audibleFrom);
  for (let index = stretch.from; index < stretch.until; index += 1) {
    const value = (samples[index] ?? 0) * gain;
    out[index] = (out[index] ?? 0) + value;
    if (index >= audibleFrom) sums.energy += value * value;
  }
  if (audibleFrom >= stretch.until) return;
  sums.audible += stretch.until - audibleFrom;
  sums.first ??= audibleFrom;
}

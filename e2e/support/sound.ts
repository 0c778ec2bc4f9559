import { openSync, readSync, closeSync, fstatSync, readFileSync } from 'node:fs';

/** All analysis is done at 8 kHz: speech is below 4 kHz, and the codec keeps its wave there. */
const RATE_HZ = 8_000;
const ENVELOPE_HZ = 100;
const HOP = RATE_HZ / ENVELOPE_HZ;

/** Mono sound at 8 kHz, -1 to 1. */
export type Sound = Float32Array;

interface WavShape {
  readonly dataStart: number;
  readonly rateHz: number;
  readonly channels: number;
}

function readShape(head: Buffer): WavShape {
  let offset = 12;
  let rateHz = 0;
  let channels = 0;
  while (offset + 8 <= head.length) {
    const name = head.toString('latin1', offset, offset + 4);
    if (name === 'data') return { dataStart: offset + 8, rateHz, channels };
    if (name === 'fmt ') {
      channels = head.readUInt16LE(offset + 10);
      rateHz = head.readUInt32LE(offset + 12);
    }
    offset += 8 + head.readUInt32LE(offset + 4);
  }
  throw new Error('not a WAV file');
}

function toSound(samples: Buffer, { rateHz, channels }: WavShape): Sound {
  const factor = rateHz / RATE_HZ;
  const frames = Math.floor(samples.length / 2 / channels);
  const out = new Float32Array(Math.floor(frames / factor));
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let k = 0; k < factor; k++) sum += samples.readInt16LE((i * factor + k) * channels * 2);
    out[i] = sum / factor / 32_768;
  }
  return out;
}

export function readSound(path: string): Sound {
  const file = readFileSync(path);
  const shape = readShape(file);
  return toSound(file.subarray(shape.dataStart), shape);
}

/** Bytes of a growing 16-bit WAV file now: a place to read on from. */
export function markOf(path: string): number {
  const file = openSync(path, 'r');
  try {
    return fstatSync(file).size;
  } finally {
    closeSync(file);
  }
}

/** What was added to a growing WAV file between two marks. */
export function readBetween(path: string, from: number, to: number): Sound {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(128);
    readSync(file, head, 0, head.length, 0);
    const shape = readShape(head);
    const step = shape.channels * 2;
    const start = shape.dataStart + Math.floor((Math.max(from, shape.dataStart) - shape.dataStart) / step) * step;
    const data = Buffer.alloc(Math.max(0, to - start));
    readSync(file, data, 0, data.length, start);
    return toSound(data, shape);
  } finally {
    closeSync(file);
  }
}

export function lengthMsOf(sound: Sound): number {
  return (sound.length * 1_000) / RATE_HZ;
}

/** RMS in dBFS; -120 for digital silence. */
export function levelDbfs(sound: Sound): number {
  let sum = 0;
  for (const sample of sound) sum += sample * sample;
  return Math.max(-120, 10 * Math.log10(sum / Math.max(1, sound.length) + 1e-12));
}

/** Loudest RMS of any 100 ms, dBFS. */
export function loudestDbfs(sound: Sound): number {
  const window = RATE_HZ / 10;
  let loudest = -120;
  for (let i = 0; i + window <= sound.length; i += window)
    loudest = Math.max(loudest, levelDbfs(sound.subarray(i, i + window)));
  return loudest;
}

function correlationAt(hay: Sound, needle: Sound, offset: number): number {
  let both = 0;
  let hayPower = 0;
  let needlePower = 0;
  for (let i = 0; i < needle.length; i++) {
    const a = hay[offset + i] ?? 0;
    const b = needle[i] ?? 0;
    both += a * b;
    hayPower += a * a;
    needlePower += b * b;
  }
  return hayPower > 0 && needlePower > 0 ? both / Math.sqrt(hayPower * needlePower) : 0;
}

function envelope(sound: Sound): Float32Array {
  const out = new Float32Array(Math.floor(sound.length / HOP));
  for (let i = 0; i < out.length; i++)
    out[i] = Math.sqrt(10 ** (levelDbfs(sound.subarray(i * HOP, (i + 1) * HOP)) / 10));
  const mean = out.reduce((sum, value) => sum + value, 0) / Math.max(1, out.length);
  return out.map((value) => value - mean);
}

export interface Match {
  /** Normalised cross-correlation of the waves at the best place, 0 to 1. */
  readonly correlation: number;
  /** Where the needle begins in the hay, ms. */
  readonly atMs: number;
}

const CANDIDATES = 12;
/** The place is looked for at a quarter of the rate, where a comparison costs a sixteenth, and then made exact. */
const COARSE = 4;

function everyFourth(sound: Sound): Sound {
  const out = new Float32Array(Math.floor(sound.length / COARSE));
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let k = 0; k < COARSE; k++) sum += sound[i * COARSE + k] ?? 0;
    out[i] = sum / COARSE;
  }
  return out;
}

/** The offset from `from` to `to` at which the needle is most like the hay, in phase or turned over. */
function bestOffset(hay: Sound, needle: Sound, from: number, to: number): { offset: number; likeness: number } {
  let best = { offset: from, likeness: 0 };
  for (let offset = Math.max(0, from); offset <= Math.min(to, hay.length - needle.length); offset++) {
    const likeness = Math.abs(correlationAt(hay, needle, offset));
    if (likeness > best.likeness) best = { offset, likeness };
  }
  return best;
}

/** Finds `needle` in `hay`: by envelope first, then by wave around the best places. */
export function findSound(hay: Sound, needle: Sound): Match {
  const hayEnvelope = envelope(hay);
  const needleEnvelope = envelope(needle);
  const places = Array.from({ length: Math.max(0, hayEnvelope.length - needleEnvelope.length) }, (_, offset) => ({
    offset,
    score: correlationAt(hayEnvelope, needleEnvelope, offset),
  }))
    .sort((a, b) => b.score - a.score)
    .slice(0, CANDIDATES);
  const [coarseHay, coarseNeedle] = [everyFourth(hay), everyFourth(needle)];
  let best: Match = { correlation: 0, atMs: 0 };
  for (const { offset } of places) {
    const [from, to] = [((offset - 2) * HOP) / COARSE, ((offset + 2) * HOP) / COARSE];
    const near = bestOffset(coarseHay, coarseNeedle, from, to).offset * COARSE;
    const exact = bestOffset(hay, needle, near - COARSE, near + COARSE);
    if (exact.likeness > best.correlation)
      best = { correlation: exact.likeness, atMs: (exact.offset * 1_000) / RATE_HZ };
  }
  return best;
}

/** A piece of a sound, in ms. */
export function cut(sound: Sound, fromMs: number, lengthMs: number): Sound {
  return sound.subarray((fromMs * RATE_HZ) / 1_000, ((fromMs + lengthMs) * RATE_HZ) / 1_000);
}

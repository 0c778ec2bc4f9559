import type { BusFrame } from '../buses/bus.ts';

/** Half a second of 20 ms frames; the log is never that much later than the sound. */
const MAX_FRAMES_PER_LABEL = 25;
const MAX_LABELS = 16;

/** Frames of programs that this node has not heard of yet: the line between nodes may be faster than the log. */
export interface EarlyFrames {
  keep(frame: BusFrame): void;
  /** Takes what was kept of a program, oldest first. */
  take(csrc: number): BusFrame[];
}

export function createEarlyFrames(): EarlyFrames {
  const kept = new Map<number, BusFrame[]>();
  return {
    keep(frame) {
      const frames = kept.get(frame.csrc) ?? [];
      frames.push(frame);
      if (frames.length > MAX_FRAMES_PER_LABEL) frames.shift();
      // The label that was heard last stands last, so the first one is the one to forget.
      kept.delete(frame.csrc);
      kept.set(frame.csrc, frames);
      const [oldest] = kept.keys();
      if (kept.size > MAX_LABELS && oldest !== undefined) kept.delete(oldest);
    },
    take(csrc) {
      const frames = kept.get(csrc) ?? [];
      kept.delete(csrc);
      return frames;
    },
  };
}

/** Reports looked at together: two seconds of them. */
const REPORTS = 40;

/**
 * When a sound card played its first sample, from repeated reports of how much it has played: the median of the last ones, so
 * that a late report moves nothing and a card whose clock drifts is followed.
 */
export class DeviceProgress {
  readonly #starts: number[] = [];

  /** `playedMs` of sound were played at own time `nowMs`; returns the own time at which the first sample was heard. */
  note(nowMs: number, playedMs: number): number {
    this.#starts.push(nowMs - playedMs);
    if (this.#starts.length > REPORTS) this.#starts.shift();
    const sorted = [...this.#starts].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? nowMs;
  }
}

const PROGRESS = /Time: ([\d.]+) sec; Latency: -?\d+ usec/g;

/** How much was played, in ms, from what `pacat --verbose` writes; null if it says nothing of the kind. */
export function parsePacatProgress(text: string): number | null {
  const last = [...text.matchAll(PROGRESS)].at(-1)?.[1];
  return last === undefined ? null : Number(last) * 1_000;
}

import { PRESENCE_TIMEOUT_MS } from './selection.ts';
import { SAMPLES_PER_MS, type StampSample } from './stamp-sample.ts';

interface Span {
  start: StampSample;
  lastEnd: StampSample;
  /** End of the first frame that carried the marker, while it is the last word of this bus. */
  markedEnd: StampSample | null;
}

/** What ended so long before the newest packet is asked for no more, in ms: far longer than any delay. */
const KEPT_MS = 60_000;

/**
 * PO8, PO9: from when to when one broadcast is present, in stamps, over all buses on which it comes. It is in from its first
 * sample, and out after the frame that carries the marker or `PRESENCE_TIMEOUT_MS` after the end of its last packet. What one
 * bus marked as the end holds for all that have brought nothing after it (PO41). Judged by stamps, so every receiver switches at
 * the same sample.
 */
export class Presence<Bus> {
  readonly #spans = new Map<Bus, Span>();
  #markedEnd: StampSample | null = null;

  note(bus: Bus, start: StampSample, samples: number, marker: boolean): void {
    this.#extend(bus, start, samples, marker);
    // PO18: every path that was ever joined has buses of its own, and a broadcast may go on for weeks.
    for (const [other, span] of this.#spans)
      if (this.#endOf(span) < start - KEPT_MS * SAMPLES_PER_MS) this.#spans.delete(other);
    const ends = [...this.#spans.values()].flatMap(({ markedEnd }) => markedEnd ?? []);
    this.#markedEnd = ends.length > 0 ? Math.max(...ends) : null;
  }

  #extend(bus: Bus, start: StampSample, samples: number, marker: boolean): void {
    const end = start + samples;
    const span = this.#spans.get(bus);
    if (span === undefined) {
      this.#spans.set(bus, { start, lastEnd: end, markedEnd: marker ? end : null });
      return;
    }
    if (marker) {
      // The marker is sent several times; the first frame that carries it is the end.
      span.markedEnd = span.markedEnd === null || span.markedEnd < span.start ? end : Math.min(span.markedEnd, end);
    } else if (span.markedEnd !== null && start >= span.markedEnd) {
      span.markedEnd = null;
    }
    span.start = Math.min(span.start, start);
    span.lastEnd = Math.max(span.lastEnd, end);
  }

  isIn(sample: StampSample): boolean {
    for (const span of this.#spans.values()) {
      if (sample >= span.start && sample < this.#endOf(span)) return true;
    }
    return false;
  }

  /** Nothing of this broadcast is present at `sample` or after it, as far as is known. */
  isOver(sample: StampSample): boolean {
    for (const span of this.#spans.values()) {
      if (sample < this.#endOf(span)) return false;
    }
    return true;
  }

  /** The latest end by marker, null if no bus said one. */
  markedEnd(): StampSample | null {
    return this.#markedEnd;
  }

  buses(): Bus[] {
    return [...this.#spans.keys()];
  }

  /** The samples at which presence may change. */
  edges(): StampSample[] {
    return [...this.#spans.values()].flatMap((span) => [span.start, this.#endOf(span)]);
  }

  #endOf(span: Span): StampSample {
    if (span.markedEnd !== null) return span.markedEnd;
    const timeout = span.lastEnd + PRESENCE_TIMEOUT_MS * SAMPLES_PER_MS;
    if (this.#markedEnd === null || span.lastEnd > this.#markedEnd) return timeout;
    return Math.min(timeout, this.#markedEnd);
  }
}

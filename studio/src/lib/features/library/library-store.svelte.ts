import type { LiveStore } from '#lib/live/live-store.svelte.ts';
import type { Problem } from '@loa/shared/protocol/errors';
import { segmentViewSchema, type SegmentView } from '@loa/shared/protocol/live';
import { ok, type Result } from '@loa/shared/result';
import { createContext } from 'svelte';
import { z } from 'zod';

const segmentsSchema = z.object({ segments: z.array(segmentViewSchema) });
const RETRY_MS = 2_000;

/**
 * The stored segments: asked for after every snapshot, because that has none, then kept fresh by the live picture. What was
 * known before stays until the answer is there.
 */
export class LibraryStore {
  readonly #live: LiveStore;
  readonly #retryMs: number;
  #loaded = $state.raw<ReadonlyMap<string, SegmentView>>(new Map());
  #removed = $state.raw<ReadonlySet<string>>(new Set());
  /** Whether the list is the server's; before that an empty one means nothing. */
  known = $state(false);
  problem = $state.raw<Problem | null>(null);
  /** Counts the questions: only the newest is listened to. */
  #question = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  readonly #segments: ReadonlyMap<string, SegmentView> = $derived.by(() => {
    const { segments, removedSegments } = this.#live.picture;
    const merged = new Map(this.#loaded);
    for (const [id, segment] of segments) merged.set(id, segment);
    for (const id of [...this.#removed, ...removedSegments]) merged.delete(id);
    return merged;
  });
  readonly segments: readonly SegmentView[] = $derived(
    [...this.#segments.values()].sort((a, b) => b.createdAt - a.createdAt),
  );

  readonly ready = $derived(this.segments.filter((segment) => segment.status === 'ready'));

  constructor(live: LiveStore, retryMs = RETRY_MS) {
    this.#live = live;
    this.#retryMs = retryMs;
    live.onSnapshot(() => {
      this.#loaded = this.#segments;
      this.known = false;
      void this.load();
    });
  }

  /** Asks until there is an answer, or the library is closed. */
  async load(): Promise<void> {
    clearTimeout(this.#retry);
    this.#question += 1;
    const question = this.#question;
    const answer = await this.#live.door.get('/segments', segmentsSchema);
    if (question !== this.#question) return;
    this.known = answer.ok;
    this.problem = answer.ok ? null : answer.error;
    if (answer.ok) this.#loaded = new Map(answer.value.segments.map((segment) => [segment.segmentId, segment]));
    else this.#retry = setTimeout(() => void this.load(), this.#retryMs);
  }

  close(): void {
    this.#question += 1;
    clearTimeout(this.#retry);
  }

  add(segment: SegmentView): void {
    // Progress that came over the live picture meanwhile is newer than this first answer.
    if (!this.#live.picture.segments.has(segment.segmentId)) {
      this.#loaded = new Map(this.#loaded).set(segment.segmentId, segment);
    }
  }

  async remove(segmentId: string): Promise<Result<null, Problem>> {
    const answer = await this.#live.door.send(
      'DELETE',
      `/segments/${encodeURIComponent(segmentId)}`,
      undefined,
      z.null(),
    );
    if (!answer.ok) return answer;
    this.#removed = new Set(this.#removed).add(segmentId);
    return ok(null);
  }
}

export const [getLibrary, setLibrary] = createContext<LibraryStore>();

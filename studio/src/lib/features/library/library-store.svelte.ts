import type { LiveStore } from '#lib/live/live-store.svelte.ts';
import type { Problem } from '@loa/shared/protocol/errors';
import { segmentViewSchema, type SegmentView } from '@loa/shared/protocol/live';
import { ok, type Result } from '@loa/shared/result';
import { createContext } from 'svelte';
import { z } from 'zod';

const segmentsSchema = z.object({ segments: z.array(segmentViewSchema) });

/** The stored segments: asked for once, then kept fresh by the live picture. */
export class LibraryStore {
  readonly #live: LiveStore;
  #loaded = $state.raw<ReadonlyMap<string, SegmentView>>(new Map());
  #removed = $state.raw<ReadonlySet<string>>(new Set());
  problem = $state.raw<Problem | null>(null);

  readonly segments: readonly SegmentView[] = $derived.by(() => {
    const merged = new Map(this.#loaded);
    for (const [id, segment] of this.#live.picture.segments) merged.set(id, segment);
    for (const id of this.#removed) merged.delete(id);
    return [...merged.values()].sort((a, b) => b.createdAt - a.createdAt);
  });

  readonly ready = $derived(this.segments.filter((segment) => segment.status === 'ready'));

  constructor(live: LiveStore) {
    this.#live = live;
  }

  async load(): Promise<void> {
    const answer = await this.#live.door.get('/segments', segmentsSchema);
    if (answer.ok) this.#loaded = new Map(answer.value.segments.map((segment) => [segment.segmentId, segment]));
    this.problem = answer.ok ? null : answer.error;
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

import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import pLimit from 'p-limit';
import type { Logger } from 'pino';
import type { SegmentId } from '@loa/shared/ids';
import type { SegmentView } from '@loa/shared/protocol/live';
import { readOpusPackets } from './ogg-packets.ts';
import { draftPath, hasSegmentFiles, placeSegment, removeDraft } from './segment-files.ts';
import type { SegmentLibrary } from './segment-library.ts';

/** The largest is an hour of Opus; a node far away gets it within this time, in ms. */
const FETCH_TIMEOUT_MS = 600_000;

/**
 * Keeps what other nodes have in their libraries on this node, too: whatever node dies, what it could play the others can.
 */
export interface SegmentMirror {
  /** The node at `url` has these. */
  learn(url: string, views: readonly SegmentView[]): void;
  /** Removed at another node. */
  forget(id: SegmentId): void;
  /** Gives up what is being fetched. */
  close(): Promise<void>;
}

export interface SegmentMirrorOptions {
  readonly segmentsDir: string;
  readonly library: Pick<SegmentLibrary, 'learn' | 'forget' | 'find'>;
  readonly accessToken: string;
  readonly log: Logger;
}

export function createSegmentMirror({ segmentsDir, library, accessToken, log }: SegmentMirrorOptions): SegmentMirror {
  const closing = new AbortController();
  /** One after the other: sound that is on air has the network first. */
  const inTurn = pLimit(1);
  const fetching = new Set<SegmentId>();

  const fetchFiles = async (url: string, id: SegmentId): Promise<void> => {
    const draft = draftPath(segmentsDir, id);
    try {
      const answer = await fetch(new URL(`/api/v1/segments/${id}/audio`, url), {
        headers: { authorization: `Bearer ${accessToken}` },
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)]),
      });
      if (!answer.ok || !answer.body) throw new Error(`${url} answers ${answer.status}`);
      await pipeline(answer.body, createWriteStream(draft, { flush: true }), { signal: closing.signal });
      const packets = await readOpusPackets(draft);
      if (library.find(id)) await placeSegment(segmentsDir, id, packets);
    } finally {
      await removeDraft(segmentsDir, id);
    }
  };

  const fetchSoon = (url: string, id: SegmentId) => {
    if (fetching.has(id) || closing.signal.aborted) return;
    fetching.add(id);
    void inTurn(async () => {
      try {
        if (!closing.signal.aborted && library.find(id) && !hasSegmentFiles(segmentsDir, id)) await fetchFiles(url, id);
      } catch (error) {
        // Whoever connects next says again what it has.
        if (!closing.signal.aborted)
          log.warn({ err: error, segmentId: id }, 'a segment of another node was not fetched');
      } finally {
        fetching.delete(id);
      }
    });
  };

  return {
    learn(url, views) {
      for (const view of views)
        void library.learn(view).then(
          (known) => known && view.status === 'ready' && fetchSoon(url, view.segmentId),
          (error: unknown) =>
            log.warn({ err: error, segmentId: view.segmentId }, 'a segment of another node was not taken over'),
        );
    },
    forget: (id) => void library.forget(id),
    async close() {
      closing.abort();
      inTurn.clearQueue();
      await inTurn(() => undefined);
    },
  };
}

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
const RETRY_MS = 60_000;

/**
 * Keeps what other nodes have in their libraries on this node, too: whatever node dies, what it could play the others can.
 */
export interface SegmentMirror {
  /** The node at `url` has these. */
  learn(url: string, views: readonly SegmentView[]): void;
  /** A node that was not heard is heard again: what was removed meanwhile goes. */
  reconcile(): void;
  /** Removed at another node. */
  forget(id: SegmentId): void;
  /** Gives up what is being fetched. */
  close(): Promise<void>;
}

export interface SegmentMirrorOptions {
  readonly segmentsDir: string;
  readonly library: Pick<SegmentLibrary, 'learn' | 'forget' | 'find' | 'reconcile'>;
  readonly accessToken: string;
  readonly log: Logger;
}

export function createSegmentMirror({ segmentsDir, library, accessToken, log }: SegmentMirrorOptions): SegmentMirror {
  const closing = new AbortController();
  /** One after the other: sound that is on air has the network first. */
  const inTurn = pLimit(1);
  /** Where each can be fetched; a node may list one before it has fetched the sound itself. */
  const offers = new Map<SegmentId, Set<string>>();
  /** By what they do: what is learnt again while it waits to be tried again takes its place. */
  const retries = new Map<string, NodeJS.Timeout>();

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
    if (closing.signal.aborted) return;
    const urls = offers.get(id);
    if (urls) return void urls.add(url);
    const tried = new Set([url]);
    offers.set(id, tried);
    void inTurn(async () => {
      const isWanted = () => !closing.signal.aborted && library.find(id) && !hasSegmentFiles(segmentsDir, id);
      // What is offered meanwhile is tried as well.
      for (const from of tried) {
        if (!isWanted()) break;
        await fetchFiles(from, id).catch((error: unknown) => {
          if (!closing.signal.aborted)
            log.warn({ err: error, segmentId: id, from }, 'a segment of another node was not fetched');
        });
      }
      offers.delete(id);
      if (!isWanted()) return;
      later(id, () => {
        for (const from of tried) fetchSoon(from, id);
      });
    });
  };
  const later = (what: string, work: () => void) => {
    if (closing.signal.aborted) return;
    clearTimeout(retries.get(what));
    const again = () => {
      retries.delete(what);
      work();
    };
    retries.set(what, setTimeout(again, RETRY_MS));
  };
  const learnOne = (url: string, view: SegmentView): void =>
    void library.learn(view).then(
      (known) => known && view.status === 'ready' && fetchSoon(url, view.segmentId),
      (error: unknown) => {
        log.warn({ err: error, segmentId: view.segmentId }, 'a segment of another node was not taken over yet');
        // Its node may say nothing more of it, and without its sound this node could not play it.
        later(`${url} ${view.segmentId}`, () => learnOne(url, view));
      },
    );

  return {
    learn(url, views) {
      for (const view of views) learnOne(url, view);
    },
    forget: (id) =>
      void library
        .forget(id)
        .catch((error: unknown) => log.warn({ err: error, segmentId: id }, 'a removed segment was not forgotten')),
    reconcile: () =>
      void library
        .reconcile()
        .catch((error: unknown) => log.warn({ err: error }, 'the library was not compared with the database')),
    async close() {
      closing.abort();
      for (const retry of retries.values()) clearTimeout(retry);
      inTurn.clearQueue();
      await inTurn(() => undefined);
    },
  };
}

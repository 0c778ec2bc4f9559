import type { StartRequest } from '@loa/shared/protocol/live';
import type { Chime } from '../../audio/chime.ts';

/** Plays in front of the voice: one of ours, or one of the library. */
export type ChimeWish = Chime | { readonly segmentId: string };

/** What a press asks for; ids and keys are added here. A live source is this tab's microphone. */
export interface Wish {
  readonly title: string;
  readonly zones: readonly string[];
  readonly level: StartRequest['level'];
  readonly mode: StartRequest['mode'];
  readonly authority: number;
  readonly wait: boolean;
  readonly maxLifeMs?: number;
  readonly source:
    { readonly kind: 'live' } | { readonly kind: 'segment'; readonly segmentId: string; readonly durationMs: number };
  readonly chime: ChimeWish | null;
}

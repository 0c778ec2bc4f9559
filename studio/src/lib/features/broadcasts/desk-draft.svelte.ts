import { ATTENTION_SIGNAL, THREE_TONES } from '#lib/audio/chime.ts';
import { clockTime } from '#lib/ui/format.ts';
import { MAX_TITLE_LENGTH } from '@loa/shared/broadcasts/commands';
import type { BroadcastView, SegmentView } from '@loa/shared/protocol/live';
import { toPlainText } from '@loa/shared/protocol/text';
import { createContext } from 'svelte';
import { z } from 'zod';
import { NOTHING, type Selection } from '../zones/selection.ts';
import type { LevelNumber } from './level-style.ts';
import type { Wish } from './wish.ts';

/** Built-in chimes by name; anything else names a segment of the library. */
export const BUILT_IN_CHIMES = { three: THREE_TONES, attention: ATTENTION_SIGNAL } as const;

export type SourceKind = 'live' | 'segment';

/** How long an emergency may be set to last by itself, minutes. */
export const LIVES_MIN = [5, 10, 30, 60] as const;
export type LifeMin = (typeof LIVES_MIN)[number];
const DEFAULT_LIFE_MIN: LifeMin = 30;

const keptSchema = z.object({
  selection: z.array(z.string()),
  title: z.string(),
  level: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
  mode: z.enum(['replace', 'overlay']),
  sourceKind: z.enum(['live', 'segment']),
  chime: z.string(),
  // Where they were not kept, what was chosen stands: an emergency must never widen by itself.
  whole: z.boolean().default(false),
  lifeMin: z.literal(LIVES_MIN).default(DEFAULT_LIFE_MIN),
});

/** What the presenter has set on the desk; kept over a reload of this tab. */
export class DeskDraft {
  selection = $state.raw<Selection>(NOTHING);
  title = $state('');
  level = $state<LevelNumber>(1);
  mode = $state<BroadcastView['mode']>('replace');
  sourceKind = $state<SourceKind>('live');
  segment = $state.raw<SegmentView | null>(null);
  chime = $state('none');
  /** For emergencies: the whole city, whatever is chosen of it. */
  whole = $state(true);
  /** For emergencies: how long it lives, minutes. */
  lifeMin = $state<LifeMin>(DEFAULT_LIFE_MIN);
  readonly #key: string;

  constructor(slot: string, level: LevelNumber, chime: string) {
    this.#key = `loa.draft.${slot}`;
    this.level = level;
    this.chime = chime;
  }

  restore(): void {
    const text = sessionStorage.getItem(this.#key);
    if (text === null) return;
    const parsed = keptSchema.safeParse(parseJson(text));
    if (!parsed.success) return;
    const { selection, ...rest } = parsed.data;
    Object.assign(this, rest, { selection: selection as unknown as Selection });
  }

  save(): void {
    const { selection, title, level, mode, sourceKind, chime, whole, lifeMin } = this;
    const kept: z.input<typeof keptSchema> = {
      selection: [...selection],
      title,
      level,
      mode,
      sourceKind,
      chime,
      whole,
      lifeMin,
    };
    sessionStorage.setItem(this.#key, JSON.stringify(kept));
  }

  /** The title as it will be sent: neither an empty one nor a pasted tab is a reason to keep somebody from speaking. */
  titleOr(fallback: (time: string) => string, nowMs: number): string {
    const typed = toPlainText(this.title, MAX_TITLE_LENGTH);
    if (typed !== '') return typed;
    if (this.sourceKind === 'segment' && this.segment) return this.segment.title;
    return fallback(clockTime(nowMs, { seconds: false }));
  }

  get source(): Wish['source'] | null {
    if (this.sourceKind === 'live') return { kind: 'live' };
    const { segment } = this;
    if (segment?.status !== 'ready' || segment.durationMs === null) return null;
    return { kind: 'segment', segmentId: segment.segmentId, durationMs: segment.durationMs };
  }

  get chimeWish(): Wish['chime'] {
    if (this.sourceKind === 'segment' || this.chime === 'none') return null;
    if (this.chime === 'three' || this.chime === 'attention') return BUILT_IN_CHIMES[this.chime];
    return { segmentId: this.chime };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export interface Drafts {
  readonly desk: DeskDraft;
  readonly emergency: DeskDraft;
}

export const [getDrafts, setDrafts] = createContext<Drafts>();

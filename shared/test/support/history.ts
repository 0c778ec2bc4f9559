import fc from 'fast-check';
import type { Command, StartSpec } from '../../src/broadcasts/commands.ts';
import type { LiveState } from '../../src/broadcasts/state.ts';
import type { BroadcastId, SourceId } from '../../src/ids.ts';
import { CITY_ROWS } from './city.ts';
import { SOMEBODY, broadcastId, segmentOf, sourceId, specOf } from './session.ts';

const KINDS = [
  'start',
  'start',
  'start',
  'start',
  'start',
  'start',
  'start',
  'stop',
  'stop',
  'pause',
  'unpause',
  'tick',
  'source-lost',
  'source-found',
  'segment-ended',
  'extend',
] as const;

/** Nothing, next to nothing, and one step beyond each limit of the core. */
const WAITS_MS = [0, 0, 0, 1, 700, 700, 5_000, 5_000, 15_000, 70_000, 600_000, 1_800_000] as const;

/** One step of a history, before it is known which broadcasts it will meet. */
export interface Step {
  readonly kind: (typeof KINDS)[number];
  readonly waitMs: number;
  readonly zones: readonly string[];
  readonly level: 0 | 1 | 2 | 3;
  readonly authority: number;
  readonly mode: 'replace' | 'overlay';
  readonly wait: boolean;
  readonly durationMs: number | null;
  readonly maxLifeMs: number | null;
  /** Counted around, the microphone of one of the live broadcasts; null: one of its own. */
  readonly usedMic: number | null;
  /** Which broadcast it is about, counted around: odd of those so far, even of those that are live. */
  readonly target: number;
}

/** Short histories on the small city; one integer is one step, which makes and shrinks them fast. */
export const histories: fc.Arbitrary<Step[]> = fc
  .array(fc.nat({ max: 0x3fffffff }), { minLength: 4, maxLength: 12 })
  .map((codes) => codes.map(toStep));

/** Single starts. */
export const starts: fc.Arbitrary<Step> = fc
  .nat({ max: 0x3ffffff })
  .map((code) => toStep(code * KINDS.length + KINDS.indexOf('start')));

function toStep(code: number): Step {
  let rest = code;
  const take = (count: number): number => {
    const taken = rest % count;
    rest = Math.floor(rest / count);
    return taken;
  };
  const kind = KINDS[take(KINDS.length)] ?? 'tick';
  const waitMs = WAITS_MS[take(WAITS_MS.length)] ?? 0;
  // The same bits say what a start asks for and which broadcast another command is about.
  if (kind !== 'start') {
    const [target, maxLifeMs] = [take(32), 1_000 * take(20_000)];
    return { ...NOTHING, kind, waitMs, target, maxLifeMs, usedMic: micOf(take(5)) };
  }
  const zones = [CITY_ROWS[take(13)]?.id ?? 'city', CITY_ROWS[take(32)]?.id].filter((id) => id !== undefined);
  return {
    kind,
    waitMs,
    zones,
    level: take(4) as Step['level'],
    authority: take(4) === 0 ? 2 : 1,
    mode: take(4) === 0 ? 'overlay' : 'replace',
    wait: take(2) === 0,
    durationMs: take(2) === 0 ? 20_000 : null,
    maxLifeMs: take(4) === 0 ? 60_000 : null,
    usedMic: micOf(take(9)),
    target: 0,
  };
}

/** Mostly a microphone of its own, else one that somebody uses. */
const micOf = (n: number): number | null => (n < 3 ? n : null);

const NOTHING: Omit<Step, 'kind' | 'waitMs' | 'target' | 'maxLifeMs' | 'usedMic'> = {
  zones: [],
  level: 0,
  authority: 0,
  mode: 'replace',
  wait: false,
  durationMs: null,
};

/** Ids that do not grow with time, so that the order by id differs from the order by start. */
export function idOf(n: number): BroadcastId {
  return broadcastId(`b${(n * 37 + 11) % 97}`);
}

/** The command that a step means when `started` broadcasts have been asked for before it. */
export function toCommand(step: Step, state: LiveState, started: number): Command {
  const live = [...state.broadcasts.keys()];
  const half = Math.floor(step.target / 2);
  const id =
    (step.target % 2 === 0 ? live[half % Math.max(1, live.length)] : undefined) ?? idOf(half % Math.max(1, started));
  switch (step.kind) {
    case 'start':
      return { type: 'start', spec: toSpec(step, started, usedSource(step, state)) };
    case 'tick':
      return { type: 'tick' };
    case 'segment-ended':
      return { type: step.kind, broadcastId: id };
    case 'extend':
      return { type: step.kind, broadcastId: id, lifeMs: (step.maxLifeMs ?? 0) + 1_000, by: SOMEBODY };
    case 'source-lost': {
      const source = state.broadcasts.get(id)?.spec.source;
      return { type: step.kind, sourceId: source?.kind === 'live' ? source.sourceId : sourceId('nobody') };
    }
    case 'source-found':
      return {
        type: step.kind,
        broadcastId: id,
        sourceId: usedSource(step, state) ?? sourceId(`mic-${step.target % 4}-again`),
      };
    case 'stop':
    case 'pause':
    case 'unpause':
      return { type: step.kind, broadcastId: id, by: SOMEBODY };
  }
}

/** The microphone that a step takes from whoever uses it, lower, equal or higher. */
function usedSource({ usedMic }: Step, { broadcasts }: LiveState): SourceId | null {
  const used = [...broadcasts.values()].flatMap(({ spec }) =>
    spec.source.kind === 'live' ? spec.source.sourceId : [],
  );
  return (usedMic === null ? undefined : used[usedMic % Math.max(1, used.length)]) ?? null;
}

function toSpec(step: Step, n: number, used: SourceId | null): StartSpec {
  return specOf(idOf(n), step.zones, {
    level: step.level,
    authority: step.authority,
    mode: step.mode,
    wait: step.wait,
    source:
      step.durationMs === null ? { kind: 'live', sourceId: used ?? sourceId(`mic-${n}`) } : segmentOf(step.durationMs),
    ...(step.maxLifeMs === null ? {} : { maxLifeMs: step.maxLifeMs }),
  });
}

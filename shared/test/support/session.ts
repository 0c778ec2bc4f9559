import type { Actor, Command, StartSpec } from '../../src/broadcasts/commands.ts';
import { decide } from '../../src/broadcasts/decide.ts';
import type { BroadcastEvent, LoggedEvent } from '../../src/broadcasts/events.ts';
import { INITIAL_STATE, evolve } from '../../src/broadcasts/evolve.ts';
import type { Refusal } from '../../src/broadcasts/refusal.ts';
import type { LiveBroadcast, LiveState } from '../../src/broadcasts/state.ts';
import { onAir } from '../../src/broadcasts/winner.ts';
import type { BroadcastId, SegmentId, SourceId, ZoneId } from '../../src/ids.ts';
import type { Result } from '../../src/result.ts';
import type { Instant } from '../../src/time.ts';
import type { ZoneTree } from '../../src/zones/zone-tree.ts';
import { zoneIds } from './city.ts';

export const SOMEBODY: Actor = { id: 'session-1', name: 'Somebody' };

/** Whole minutes and hours read better than their milliseconds. */
export const MINUTE_MS = 60_000;

export const broadcastId = (id: string): BroadcastId => id as BroadcastId;
export const sourceId = (id: string): SourceId => id as SourceId;

/** A live normal broadcast of a ward; `changes` says what matters in a test. */
export function specOf(id: string, zones: readonly string[], changes: Partial<StartSpec> = {}): StartSpec {
  return {
    id: broadcastId(id),
    key: `key-of-${id}`.padEnd(16, '.'),
    title: `Broadcast ${id}`,
    source: { kind: 'live', sourceId: sourceId(`mic-of-${id}`) },
    zones: zoneIds(...zones),
    level: 1,
    authority: 1,
    mode: 'replace',
    wait: false,
    by: SOMEBODY,
    ...changes,
  };
}

export function segmentOf(durationMs: number): StartSpec['source'] {
  return { kind: 'segment', segmentId: 'segment-1' as SegmentId, durationMs };
}

/** One installation on a virtual clock: commands go in, the log and the state grow. */
export interface Session {
  now: Instant;
  tree: ZoneTree;
  state: LiveState;
  readonly log: Array<Pick<LoggedEvent, 'version' | 'at' | 'event'>>;
  run(command: Command): Result<BroadcastEvent[], Refusal>;
  start(spec: StartSpec): Result<BroadcastEvent[], Refusal>;
  stop(id: string): Result<BroadcastEvent[], Refusal>;
  /** Lets time pass and ticks. */
  wait(ms: number): BroadcastEvent[];
  get(id: string): LiveBroadcast;
  /** What plays in a zone, as `main`, `overlay/main` or `-`. */
  heard(zone: string): string;
}

export function createSession(tree: ZoneTree): Session {
  const session: Session = {
    now: 1_000_000,
    tree,
    state: INITIAL_STATE,
    log: [],
    run(command) {
      const decision = decide(session.state, session.tree, command, session.now);
      for (const event of decision.ok ? decision.value : []) {
        const logged = { version: session.state.version + 1, at: session.now, event };
        session.log.push(logged);
        session.state = evolve(session.state, session.tree, logged);
      }
      return decision;
    },
    start: (spec) => session.run({ type: 'start', spec }),
    stop: (id) => session.run({ type: 'stop', broadcastId: broadcastId(id), by: SOMEBODY }),
    wait(ms) {
      session.now += ms;
      return eventsOf(session.run({ type: 'tick' }));
    },
    get(id) {
      const broadcast = session.state.broadcasts.get(broadcastId(id));
      if (!broadcast) throw new Error(`${id} is not live`);
      return broadcast;
    },
    heard(zone) {
      const { main, overlay } = onAir(session.state, session.tree, zone as ZoneId);
      return [overlay?.id, main?.id].filter((id) => id !== undefined).join('/') || '-';
    },
  };
  return session;
}

export function eventsOf(decision: Result<BroadcastEvent[], Refusal>): BroadcastEvent[] {
  if (!decision.ok) throw new Error(`refused: ${JSON.stringify(decision.error)}`);
  return decision.value;
}

export function refusalOf(decision: Result<BroadcastEvent[], Refusal>): Refusal {
  if (decision.ok) throw new Error(`not refused: ${JSON.stringify(decision.value)}`);
  return decision.error;
}

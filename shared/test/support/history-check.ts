import type { Command } from '../../src/broadcasts/commands.ts';
import { decide } from '../../src/broadcasts/decide.ts';
import { eventSchema, type BroadcastEvent } from '../../src/broadcasts/events.ts';
import { INITIAL_STATE, evolve } from '../../src/broadcasts/evolve.ts';
import { positionAt } from '../../src/broadcasts/position.ts';
import { MAX_COUNTED_TAG } from '../../src/broadcasts/tags.ts';
import { preview } from '../../src/broadcasts/preview.ts';
import type { Refusal } from '../../src/broadcasts/refusal.ts';
import type { LiveBroadcast, LiveState } from '../../src/broadcasts/state.ts';
import type { BroadcastId, ZoneId } from '../../src/ids.ts';
import { CITY_ROWS, treeOf } from './city.ts';
import { toCommand, type Step } from './history.ts';
import { leavesAsked, leavesHearing, soundsOf, type Sound } from './oracle.ts';
import { checkPreview, checkRefusal } from './preview-check.ts';
import { SOMEBODY, createSession, type Session } from './session.ts';
import { CITY, PLACES, isHeardAt, leavesUnder, must, sameLeaves } from './small-city.ts';
import { checkReceivers, checkSounds } from './sound-check.ts';

const CITY_REVERSED = treeOf([...CITY_ROWS].reverse());
const DAY_MS = 24 * 3_600_000;

/** What the check knows apart from the state: built from events and from the oracle only. */
interface Witness {
  readonly session: Session;
  started: number;
  readonly everStarted: Set<BroadcastId>;
  readonly reasons: Map<BroadcastId, string>;
  /** Leaves that each broadcast has, by what its events say. */
  readonly has: Map<BroadcastId, Set<ZoneId>>;
  /** How long each stored programme has been running. */
  readonly playedMs: Map<BroadcastId, number>;
  lastTag: number;
}

/** Runs one history and throws, naming the rule, as soon as anything is not as the rules say. */
export function checkHistory(steps: readonly Step[], thorough: boolean): void {
  const witness: Witness = {
    session: createSession(CITY),
    started: 0,
    everStarted: new Set(),
    reasons: new Map(),
    has: new Map(),
    playedMs: new Map(),
    lastTag: 0,
  };
  for (const step of steps) checkStep(witness, step, thorough);
  checkThatAllComesBack(witness, steps.length);
  checkLog(witness.session, thorough);
}

function checkStep(witness: Witness, step: Step, thorough: boolean): void {
  const { session } = witness;
  letRun(witness, step.waitMs);
  const command = toCommand(step, session.state, witness.started);
  if (command.type === 'start') witness.started += 1;
  if (thorough) checkOrderOfInputs(session, command);
  if (thorough) checkTickFirst(session, command);
  perform(witness, { type: 'tick' });
  if (thorough) must(eventsNow(session, { type: 'tick' })?.length === 0, 'BR1: a second tick finds nothing to do');
  if (command.type !== 'start') {
    const { state } = session;
    checkAttached(state, command, perform(witness, command));
    return;
  }
  const seen = preview(session.state, CITY, command.spec, session.now);
  const before = session.state;
  const sounds = soundsOf(before.broadcasts.values(), PLACES);
  const refusal = perform(witness, command);
  checkPreview(session.state, command, seen, refusal, before, sounds, session.now);
  if (refusal) checkRefusal(before, command, refusal, sounds);
  else must(eventsNow(session, command)?.length === 0, 'BR21: the same key again changes nothing');
}

/** Gives the command and checks everything that must hold after any command. */
function perform(witness: Witness, command: Command): Refusal | null {
  const { session } = witness;
  const before = session.state;
  const decision = session.run(command);
  if (!decision.ok) {
    must(session.state === before, 'BR1: a refusal changes nothing');
    return decision.error;
  }
  if (decision.value.length === 0) return null;
  const sounds = soundsOf(session.state.broadcasts.values(), PLACES);
  decision.value.forEach((event) => follow(witness, event));
  checkSounds(session, sounds);
  checkReceivers(session, sounds);
  const used = [...session.state.broadcasts.values()].flatMap(({ spec }) =>
    spec.source.kind === 'live' ? spec.source.sourceId : [],
  );
  must(new Set(used).size === used.length, 'BR9: a source has one user');
  for (const broadcast of session.state.broadcasts.values()) checkBroadcast(witness, broadcast, sounds);
  return null;
}

/** Who may take a microphone and from whom, when it is attached to a broadcast that is live. */
function checkAttached(before: LiveState, command: Command, refusal: Refusal | null): void {
  const taker = command.type === 'source-found' ? before.broadcasts.get(command.broadcastId) : undefined;
  if (command.type !== 'source-found' || taker?.spec.source.kind !== 'live') return;
  const user = [...before.broadcasts.values()].find(
    ({ id, spec }) => id !== taker.id && spec.source.kind === 'live' && spec.source.sourceId === command.sourceId,
  );
  const may = !user || (taker.spec.level === 3 && user.spec.level < 3);
  must(refusal?.code === (may ? undefined : 'source-in-use'), 'BR9, BR29: who may take a microphone');
}

function follow(witness: Witness, event: BroadcastEvent): void {
  const { session, has, reasons, everStarted } = witness;
  const id = event.broadcastId;
  must(!reasons.has(id), `BR2: nothing happens to ${id} after its end`);
  if (event.type === 'broadcast-ended') {
    reasons.set(id, event.reason);
    has.delete(id);
  }
  if (event.type === 'broadcast-started') {
    must(!everStarted.has(id), `BR9: ${id} starts once`);
    const counted = event.tag <= MAX_COUNTED_TAG;
    must(counted === event.spec.level < 3, 'BR22: tags of emergencies are not counted ones');
    must(!counted || event.tag > witness.lastTag, 'BR22: counted tags grow');
    if (counted) witness.lastTag = event.tag;
    everStarted.add(id);
    witness.playedMs.set(id, 0);
  }
  if (event.type === 'broadcast-started' || event.type === 'broadcast-admitted') {
    const broadcast = session.state.broadcasts.get(id);
    if (!broadcast || broadcast.phase === 'waiting') return;
    const silent = leavesUnder(broadcast.interrupted.map(({ zone }) => zone));
    has.set(id, new Set(leavesAsked(broadcast, PLACES).filter((leaf) => !silent.includes(leaf))));
    must(has.get(id)?.size !== 0, `BR5, BR12: ${id} is on the air and heard nowhere`);
  }
  const leaves = has.get(id);
  if (event.type === 'broadcast-interrupted') {
    for (const leaf of leavesUnder(event.zones)) must(leaves?.delete(leaf), `BR7: ${id} had ${leaf}, which it lost`);
    const sounds = soundsOf(session.state.broadcasts.values(), PLACES);
    must(event.everywhere === (leavesHearing(sounds, PLACES, id).length === 0), `BR7: everywhere of ${id}`);
  }
  if (event.type === 'broadcast-resumed') {
    for (const leaf of leavesUnder(event.zones)) {
      must(leaves && !leaves.has(leaf), `BR8: ${id} did not have ${leaf}, which it got`);
      leaves?.add(leaf);
    }
  }
}

function checkBroadcast(witness: Witness, broadcast: LiveBroadcast, sounds: ReadonlyMap<ZoneId, Sound>): void {
  const { session, has, playedMs } = witness;
  const { id, phase, spec, playhead, paused } = broadcast;
  const heard = leavesHearing(sounds, PLACES, id);
  if (phase === 'on-air') {
    const said = has.get(id);
    must(said?.size === heard.length && heard.every((leaf) => said.has(leaf)), `BR7, BR8: what ${id} was told it has`);
    must(spec.level !== 3 || broadcast.expiresAt !== null, 'BR18: every emergency has a limit');
  } else {
    must(broadcast.expiresAt === broadcast.askedAt + 600_000, 'BR13: patience');
    const last = { ...broadcast, phase: 'on-air' as const, startedAt: Number.MAX_SAFE_INTEGER };
    const others = [...session.state.broadcasts.values()].filter((other) => other !== broadcast);
    const free = leavesHearing(soundsOf([...others, last], PLACES), PLACES, id);
    must(free.length === 0 || broadcast.sourceKeepUntil !== null, `BR12: ${id} waits although ${free.join()} is free`);
  }
  for (const limit of [broadcast.expiresAt, broadcast.sourceKeepUntil]) {
    must(limit === null || limit > session.now, `BR4: ${id} is over`);
  }
  const silent = leavesAsked(broadcast, PLACES).filter((leaf) => !heard.includes(leaf));
  const named = broadcast.interrupted.flatMap(({ zone, by }) => {
    for (const leaf of leavesUnder([zone])) must(isHeardAt(sounds, leaf, by), `BR7: ${by} is heard in ${leaf}`);
    return leavesUnder([zone]);
  });
  must(phase === 'waiting' || sameLeaves(named, silent), `BR7: where ${id} is silent`);
  if (!playhead) return;
  must(
    (playhead.runningSince !== null) === (phase === 'on-air' && !paused && heard.length > 0),
    `BR14, BR24: ${id} runs`,
  );
  must(positionAt(playhead, session.now) === playedMs.get(id), `BR14: position of ${id}`);
}

/** In the end everything else stops: what is left must have all that it asked for. */
function checkThatAllComesBack(witness: Witness, seed: number): void {
  const { session, everStarted, reasons } = witness;
  const live = [...session.state.broadcasts.keys()].sort();
  const last = live[seed % Math.max(1, live.length)];
  for (const id of live) if (id !== last) perform(witness, { type: 'stop', broadcastId: id, by: SOMEBODY });
  const left = last === undefined ? undefined : session.state.broadcasts.get(last);
  if (left && left.sourceKeepUntil === null) {
    must(left.phase === 'on-air' && left.interrupted.length === 0, `BR8: ${left.id} has all that it asked for`);
  }
  letRun(witness, DAY_MS);
  perform(witness, { type: 'tick' });
  for (const { id, spec } of session.state.broadcasts.values()) {
    must(spec.level !== 3 && spec.maxLifeMs === undefined, `BR18: ${id} has outlived its limit`);
  }
  for (const id of everStarted)
    must(reasons.has(id) !== session.state.broadcasts.has(id), `BR8: ${id} is live or has ended`);
}

function checkLog({ log, state }: Session, thorough: boolean): void {
  let folded = INITIAL_STATE;
  for (const { version, at, event } of log) {
    const stored = thorough ? eventSchema.parse(JSON.parse(JSON.stringify(event))) : event;
    folded = evolve(folded, CITY, { version, at, event: stored });
  }
  must(toText(folded) === toText(state), 'BR2: folding the log again gives the same state');
}

/** The same state and tree, written down in another order, lead to the same events. */
function checkOrderOfInputs(session: Session, command: Command): void {
  const { state, now } = session;
  const shuffled = { ...state, broadcasts: new Map([...state.broadcasts].reverse()) };
  const [a, b] = [decide(state, CITY, command, now), decide(shuffled, CITY_REVERSED, command, now)];
  must(JSON.stringify(a) === JSON.stringify(b), 'BR1: the order of entries matters');
}

/** A command that comes late does first what a tick just before it would have done. */
function checkTickFirst(session: Session, command: Command): void {
  const atOnce = eventsNow(session, command);
  const ticked = eventsNow(session, { type: 'tick' });
  must(ticked, 'BR1: a tick is never refused');
  const { now, state } = session;
  const later = ticked.reduce(
    (next, event) => evolve(next, CITY, { version: next.version + 1, at: now, event }),
    state,
  );
  const afterwards = eventsNow({ ...session, state: later }, command);
  const expected = afterwards && [...ticked, ...afterwards];
  must(JSON.stringify(atOnce) === JSON.stringify(expected), 'BR4: a tick before makes a difference');
}

/** Lets time pass: whatever runs by the rules has played for so long. */
function letRun({ session, playedMs }: Witness, ms: number): void {
  if (ms === 0) return;
  const sounds = soundsOf(session.state.broadcasts.values(), PLACES);
  for (const { id, phase, paused } of session.state.broadcasts.values()) {
    const runs = phase === 'on-air' && !paused && leavesHearing(sounds, PLACES, id).length > 0;
    if (runs) playedMs.set(id, (playedMs.get(id) ?? 0) + ms);
  }
  session.now += ms;
}

/** What would follow from a command; null when it would be refused. */
function eventsNow({ state, now }: Session, command: Command): BroadcastEvent[] | null {
  const decision = decide(state, CITY, command, now);
  return decision.ok ? decision.value : null;
}

function toText(state: LiveState): string {
  return JSON.stringify({ ...state, broadcasts: [...state.broadcasts], usedKeys: [...state.usedKeys] });
}

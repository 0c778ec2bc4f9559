import { beforeEach, describe, expect, it } from 'vitest';
import type { Command } from '../broadcasts/commands.ts';
import { decide } from '../broadcasts/decide.ts';
import { WAIT_LIMIT_MS } from '../broadcasts/limits.ts';
import { preview } from '../broadcasts/preview.ts';
import { CITY_ROWS, treeOf } from '../../test/support/city.ts';
import {
  broadcastId,
  createSession,
  segmentOf,
  type Session,
  SOMEBODY,
  sourceId,
  specOf,
} from '../../test/support/session.ts';
import { decideAgain } from './decide-again.ts';

const TREE = treeOf(CITY_ROWS);
const by = SOMEBODY;
const DURATION_MS = 3_600_000;

let session: Session;
beforeEach(() => {
  session = createSession(TREE);
  session.start(specOf('talk', ['w1'], { maxLifeMs: 60_000 }));
  session.start(specOf('message', ['w2'], { source: segmentOf(DURATION_MS) }));
  session.start(specOf('alarm', ['w3'], { level: 3, maxLifeMs: 60_000 }));
  session.start(specOf('recorded', ['w4'], { level: 3, source: segmentOf(DURATION_MS) }));
});

/** What a node on its own makes of a command: types of events, or the code of the refusal. */
function alone(command: Command): string {
  const decided = decide(session.state, TREE, command, session.now, 'local');
  return decided.ok ? decided.value.map(({ type }) => type).join() : decided.error.code;
}

const about = (emergency: boolean): Command[] => {
  const [live, stored] = emergency ? ['alarm', 'recorded'] : ['talk', 'message'];
  return [
    { type: 'stop', broadcastId: broadcastId(live), by },
    { type: 'extend', broadcastId: broadcastId(live), lifeMs: 3_000_000, by },
    { type: 'source-lost', sourceId: sourceId(`mic-of-${live}`) },
    { type: 'source-found', broadcastId: broadcastId(live), sourceId: sourceId('another') },
    { type: 'pause', broadcastId: broadcastId(stored), by },
    { type: 'segment-ended', broadcastId: broadcastId(stored) },
    { type: 'source-failed', broadcastId: broadcastId(stored), detail: 'unreadable' },
    { type: 'start', spec: specOf('new', ['w1'], { level: emergency ? 3 : 2 }) },
  ];
};

describe('LA1: a node that cannot reach the log', () => {
  it('decides everything about emergencies', () => {
    expect(about(true).map(alone)).toEqual([
      'broadcast-ended',
      'broadcast-extended',
      'source-lost',
      'source-found',
      'broadcast-paused',
      'broadcast-ended',
      'broadcast-ended',
      'broadcast-started,broadcast-interrupted',
    ]);
    session.run({ type: 'pause', broadcastId: broadcastId('recorded'), by });
    expect(alone({ type: 'unpause', broadcastId: broadcastId('recorded'), by })).toBe('broadcast-unpaused');
  });

  it('and nothing about anything else', () => {
    const commands: Command[] = [...about(false), { type: 'zones-changed', gone: [] }];
    commands.push({ type: 'unpause', broadcastId: broadcastId('message'), by });
    commands.push({ type: 'stop', broadcastId: broadcastId('nobody'), by });
    for (const command of commands) expect(alone(command), command.type).toBe('log-away');
  });

  it('an emergency interrupts and gives back whatever is below it', () => {
    expect(alone({ type: 'start', spec: specOf('new', ['w1'], { level: 3 }) })).toBe(
      'broadcast-started,broadcast-interrupted',
    );
    session.start(specOf('over', ['w1'], { level: 3 }));
    expect(alone({ type: 'stop', broadcastId: broadcastId('over'), by })).toBe('broadcast-ended,broadcast-resumed');
  });

  it('BR29: an emergency takes the microphone of whatever is below it, and nobody is admitted for that', () => {
    session.start(specOf('waits', ['w1'], { wait: true }));
    const { source } = session.get('talk').spec;
    const spec = specOf('new', ['w2'], { level: 3, source });
    expect(alone({ type: 'start', spec })).toBe('broadcast-ended,broadcast-started,broadcast-interrupted');
    const attached = {
      type: 'source-found',
      broadcastId: broadcastId('alarm'),
      sourceId: sourceId('mic-of-talk'),
    } as const;
    expect(alone(attached)).toBe('broadcast-ended,source-found');
  });

  it('lets time pass for emergencies only: nothing else ends, is admitted or has waited too long', () => {
    session.start(specOf('waits', ['w1'], { wait: true }));
    session.now += WAIT_LIMIT_MS;
    const decided = decide(session.state, TREE, { type: 'tick' }, session.now, 'local');
    expect(decided).toMatchObject({ ok: true, value: [{ broadcastId: 'alarm', reason: 'life-over' }] });
    const shared = decide(session.state, TREE, { type: 'tick' }, session.now);
    expect(shared.ok && new Set(shared.value.map((event) => event.broadcastId))).toEqual(
      new Set(['alarm', 'talk', 'waits']),
    );
  });

  it('BR23: a preview says the same', () => {
    const outcome = (level: 2 | 3) =>
      preview(session.state, TREE, specOf('new', ['w1'], { level }), session.now, 'local');
    expect(outcome(2)).toMatchObject({ outcome: 'refused', refusal: { code: 'log-away' } });
    expect(outcome(3)).toMatchObject({ outcome: 'starts', interrupts: [{ broadcastId: 'talk' }] });
  });
});

describe('LA4: what two nodes have decided on their own', () => {
  it('an emergency that finds its zones taken by another of its rank waits instead of being refused', () => {
    const [mine, theirs] = [createSession(TREE), createSession(TREE)];
    mine.start(specOf('mine', ['w1'], { level: 3 }));
    theirs.start(specOf('theirs', ['w1'], { level: 3 }));
    theirs.now += 1;
    for (const command of decideAgain(mine.log, theirs.now).again) theirs.run(command);
    expect(theirs.get('mine')).toMatchObject({ phase: 'waiting', tag: mine.get('mine').tag });
    theirs.stop('theirs');
    expect(theirs.heard('c1')).toBe('mine');
  });
});

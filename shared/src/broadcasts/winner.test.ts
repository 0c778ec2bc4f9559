import { beforeEach, describe, expect, it } from 'vitest';
import { CITY_ROWS, treeOf } from '../../test/support/city.ts';
import { createSession, eventsOf, segmentOf, specOf, type Session } from '../../test/support/session.ts';
import type { ZoneId } from '../ids.ts';
import { compareBroadcasts, placements, winner } from './winner.ts';

const tree = treeOf(CITY_ROWS);
let session: Session;
beforeEach(() => {
  session = createSession(tree);
});

const sentOn = (id: string) => placements(session.state, tree).get(session.get(id).id);
const heardIn = (...zones: string[]) => zones.map((zone) => session.heard(zone));

describe('compareBroadcasts', () => {
  it.each([
    ['the higher rank', { rank: 5 }, { rank: 4, startedAt: 0 }],
    ['then who is on air longer', { startedAt: 1 }, { startedAt: 2, askedAt: 0 }],
    ['then who asked earlier', { askedAt: 1 }, { askedAt: 2, id: 'a' }],
    ['then the smaller id', { id: 'a' }, { id: 'b' }],
  ])('RK3: %s comes first', (_, first, second) => {
    const base = { id: 'm', rank: 1, startedAt: 1, askedAt: 1 };
    const [a, b] = [
      { ...base, ...first },
      { ...base, ...second },
    ] as Array<Parameters<typeof compareBroadcasts>[0]>;
    if (!a || !b) throw new Error('no pair');
    expect([a, b].sort(compareBroadcasts)).toEqual([a, b]);
    expect([b, a].sort(compareBroadcasts)).toEqual([a, b]);
    expect(compareBroadcasts(a, a)).toBe(0);
  });
});

describe('winner', () => {
  it('RK3: nobody where nothing plays, and nobody in a zone that is not there', () => {
    session.start(specOf('a', ['w1']));
    expect(winner(session.state, tree, 'w2' as ZoneId)).toBeNull();
    expect(winner(session.state, tree, 'nowhere' as ZoneId)).toBeNull();
    expect(winner(session.state, tree, 'c1' as ZoneId)?.id).toBe('a');
  });

  it('RK3: the higher rank, whichever came first', () => {
    session.start(specOf('city', ['city']));
    session.start(specOf('ward', ['w1'], { level: 2 }));
    session.start(specOf('high', ['city'], { level: 1, authority: 3 }));
    expect(heardIn('c1', 'c4', 'w4')).toEqual(['ward', 'high', 'high']);
  });

  it('RK4: of equal ranks the first keeps the zone, also while something higher is heard there', () => {
    session.start(specOf('first', ['w1']));
    session.now += 1;
    session.start(specOf('second', ['w1', 'w2']));
    expect(heardIn('c1', 'c4')).toEqual(['first', 'second']);
    session.start(specOf('alarm', ['w1'], { level: 3 }));
    session.stop('alarm');
    expect(heardIn('c1', 'c4')).toEqual(['first', 'second']);
  });

  it('RK4: live speech outranks a stored programme of the same authority, so it is not its equal', () => {
    session.start(specOf('stored', ['w1'], { source: segmentOf(60_000) }));
    session.now += 1;
    session.start(specOf('live', ['w1']));
    expect(session.heard('c1')).toBe('live');
  });

  it('RK5: an overlay lies over the strongest replacing broadcast below it', () => {
    session.start(specOf('music', ['city'], { level: 0 }));
    session.start(specOf('talk', ['w1']));
    session.start(specOf('notice', ['w1', 'w2', 'w3'], { level: 2, mode: 'overlay' }));
    session.start(specOf('less', ['w3'], { level: 1, mode: 'overlay' }));
    expect(heardIn('c1', 'c4', 'c6', 'w4')).toEqual(['notice/talk', 'notice/music', 'notice/music', 'music']);
    expect(winner(session.state, tree, 'c1' as ZoneId)?.id).toBe('notice');
  });

  it('RK5: an overlay below a replacing broadcast is not heard', () => {
    session.start(specOf('talk', ['w1'], { level: 2 }));
    session.start(specOf('notice', ['city'], { mode: 'overlay' }));
    expect(heardIn('c1', 'c4')).toEqual(['talk', 'notice']);
  });

  it('RK5: an emergency replaces even as an overlay', () => {
    session.start(specOf('talk', ['w1']));
    session.start(specOf('alarm', ['w1'], { level: 3, mode: 'overlay' }));
    expect(session.heard('c1')).toBe('alarm');
  });

  it('RK6: the page of a ward goes on while a part of the ward has something else', () => {
    session.start(specOf('talk', ['w1']));
    session.start(specOf('alarm', ['n1'], { level: 3 }));
    expect(heardIn('w1', 'n1', 'c1', 'c3')).toEqual(['talk', 'alarm', 'alarm', 'talk']);
  });

  it('RK6: the page of a ward is silent when its broadcast is heard in no leaf any more', () => {
    session.start(specOf('talk', ['w1']));
    session.start(specOf('alarm', ['n1'], { level: 3 }));
    session.now += 1;
    session.start(specOf('other', ['n2'], { level: 2 }));
    expect(heardIn('c1', 'c3', 'w1')).toEqual(['alarm', 'other', '-']);
  });

  it('RK6: the page of a ward hears only what covers the whole ward', () => {
    session.start(specOf('half', ['n1']));
    expect(heardIn('w1', 'city')).toEqual(['-', '-']);
    session.start(specOf('rest', ['n2'], { source: segmentOf(60_000) }));
    expect(heardIn('w1')).toEqual(['-']);
  });
});

describe('placements', () => {
  it('RK7: a normal broadcast stays on the bus of the city while a ward has an emergency', () => {
    session.start(specOf('talk', ['w1', 'w2', 'w3', 'w4']));
    session.start(specOf('alarm', ['w1'], { level: 3 }));
    expect(sentOn('talk')).toEqual(['city']);
    expect(sentOn('alarm')).toEqual(['w1']);
  });

  it('RK7: nothing is sent where it would meet an equal that came first', () => {
    session.start(specOf('first', ['c1']));
    session.now += 1;
    session.start(specOf('second', ['city']));
    expect(sentOn('second')).toEqual(['c2', 'n2', 'w2', 'w3', 'w4']);
    session.stop('first');
    expect(sentOn('second')).toEqual(['city']);
  });

  it('RK7: nothing is sent where it is heard nowhere', () => {
    session.start(specOf('talk', ['w1', 'w2']));
    session.start(specOf('alarm', ['w1'], { level: 3 }));
    expect(sentOn('talk')).toEqual(['w2']);
    session.start(specOf('more', ['w2'], { level: 3 }));
    expect(sentOn('talk')).toEqual([]);
  });

  it('RK7: a ducked broadcast is sent as well, a waiting one is not', () => {
    session.start(specOf('talk', ['w1']));
    session.start(specOf('notice', ['n1'], { level: 2, mode: 'overlay' }));
    expect([sentOn('talk'), sentOn('notice')]).toEqual([['w1'], ['n1']]);
    session.now += 1;
    eventsOf(session.start(specOf('patient', ['w1'], { wait: true })));
    expect([...placements(session.state, tree).keys()]).toEqual(['notice', 'talk']);
  });
});

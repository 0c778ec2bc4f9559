import { beforeEach, describe, expect, it } from 'vitest';
import { CITY_ROWS, treeOf } from '../../test/support/city.ts';
import { createSession, specOf, type Session } from '../../test/support/session.ts';
import type { StartSpec } from './commands.ts';
import { preview } from './preview.ts';

const tree = treeOf(CITY_ROWS);
let session: Session;
beforeEach(() => {
  session = createSession(tree);
  session.start(specOf('talk', ['w1', 'w2']));
  session.now += 1;
});
const previewOf = (spec: StartSpec) => preview(session.state, tree, spec, session.now);

describe('preview', () => {
  it('BR23: says who hears it and who is interrupted', () => {
    expect(previewOf(specOf('alarm', ['n1', 'n2', 'w4'], { level: 3 }))).toEqual({
      outcome: 'starts',
      hears: ['w1', 'w4'],
      ends: [],
      interrupts: [{ broadcastId: 'talk', zones: ['w1'] }],
      ducks: [],
      silent: [],
      resumesAfter: ['talk'],
    });
  });

  it('BR23: says who is silent and because of whom', () => {
    expect(previewOf(specOf('more', ['w2', 'w3']))).toMatchObject({
      outcome: 'starts',
      hears: ['w3'],
      interrupts: [],
      silent: [{ zone: 'w2', by: 'talk' }],
      resumesAfter: [],
    });
  });

  it('BR23: says who is ducked', () => {
    expect(previewOf(specOf('notice', ['n1', 'w3'], { level: 2, mode: 'overlay' }))).toMatchObject({
      hears: ['n1', 'w3'],
      interrupts: [],
      ducks: [{ broadcastId: 'talk', zones: ['n1'] }],
    });
  });

  it('BR23: names everybody who is interrupted once, with all zones', () => {
    session.start(specOf('notice', ['n1'], { level: 2, mode: 'overlay' }));
    expect(previewOf(specOf('urgent', ['city'], { level: 2, authority: 3 })).interrupts).toEqual([
      { broadcastId: 'notice', zones: ['n1'] },
      { broadcastId: 'talk', zones: ['w1', 'w2'] },
    ]);
  });

  it('BR23: says that it would wait, for whom', () => {
    expect(previewOf(specOf('patient', ['w2'], { wait: true }))).toMatchObject({
      outcome: 'waits',
      hears: [],
      silent: [{ zone: 'w2', by: 'talk' }],
    });
  });

  it('BR23: says that it would be refused, and why', () => {
    expect(previewOf(specOf('late', ['w2']))).toEqual({
      outcome: 'refused',
      refusal: { code: 'zones-taken', holders: [{ zone: 'w2', broadcastId: 'talk' }] },
      hears: [],
      ends: [],
      interrupts: [],
      ducks: [],
      silent: [{ zone: 'w2', by: 'talk' }],
      resumesAfter: [],
    });
    expect(previewOf(specOf('talk', ['w1']))).toMatchObject({ refusal: { code: 'already-started' } });
    expect(previewOf(specOf('x', ['nowhere']))).toMatchObject({ refusal: { code: 'unknown-zone' } });
  });

  it('BR23, BR29: says whose microphone it takes, and that this one does not come back', () => {
    session.start(specOf('music', ['city'], { level: 0 }));
    const { source } = session.get('talk').spec;
    expect(previewOf(specOf('alarm', ['w1'], { level: 3, source }))).toMatchObject({
      outcome: 'starts',
      hears: ['w1'],
      ends: ['talk'],
      interrupts: [],
      resumesAfter: ['music'],
    });
  });

  it('BR23: looks at the state as time has left it', () => {
    session.start(specOf('short', ['w3'], { maxLifeMs: 1_000 }));
    session.now += 1_000;
    expect(previewOf(specOf('next', ['w3']))).toMatchObject({ outcome: 'starts', interrupts: [] });
  });

  it('BR23: does not blame the start for what time alone does at the same instant', () => {
    session.start(specOf('music', ['w3'], { level: 0 }));
    session.start(specOf('notice', ['w3'], { mode: 'overlay', maxLifeMs: 1_000 }));
    session.now += 1;
    session.start(specOf('patient', ['w3'], { wait: true }));
    session.now += 999;
    expect(previewOf(specOf('next', ['w4']))).toMatchObject({ outcome: 'starts', interrupts: [], resumesAfter: [] });
    expect(session.wait(0).at(-1)).toMatchObject({
      type: 'broadcast-interrupted',
      broadcastId: 'music',
      by: 'patient',
    });
  });

  it('BR23: changes nothing', () => {
    const { state } = session;
    previewOf(specOf('alarm', ['city'], { level: 3 }));
    expect(session.state).toBe(state);
    expect([...state.broadcasts.keys()]).toEqual(['talk']);
  });
});

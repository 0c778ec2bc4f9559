import { expect, it } from 'vitest';
import type { LiveBroadcast } from '@loa/shared/broadcasts/state';
import { broadcastViewSchema } from '@loa/shared/protocol/live';
import { toBroadcastView, toEndedView } from './broadcast-view.ts';

const BROADCAST = {
  id: 'a',
  tag: 3,
  rank: 72,
  spec: {
    id: 'a',
    key: 'k'.repeat(20),
    title: 'Bản tin',
    source: { kind: 'segment', segmentId: 's', durationMs: 60_000 },
    zones: ['w1'],
    level: 1,
    authority: 1,
    mode: 'replace',
    wait: false,
    by: { id: 'p', name: 'n' },
  },
  phase: 'on-air',
  startedAt: 1_000,
  askedAt: 1_000,
  expiresAt: null,
  paused: false,
  playhead: { positionMs: 500, runningSince: 2_000 },
  sourceKeepUntil: null,
  interrupted: [{ zone: 'w1', by: 'b' }],
} as unknown as LiveBroadcast;

it('shows a live broadcast in the words of the protocol', () => {
  const view = toBroadcastView(BROADCAST);
  expect(broadcastViewSchema.parse(view)).toEqual(view);
  expect(view).toMatchObject({
    phase: 'on-air',
    playhead: { positionMs: 500, at: 2_000, running: true },
    interrupted: [{ zone: 'w1', by: 'b' }],
  });
});

it('a programme that stands still says so', () => {
  const view = toBroadcastView({ ...BROADCAST, playhead: { positionMs: 500, runningSince: null } });
  expect(view.playhead).toMatchObject({ positionMs: 500, running: false });
});

it('an ended broadcast keeps who and when, and nothing that moves', () => {
  const view = toEndedView(BROADCAST, 9_000, 'finished');
  expect(broadcastViewSchema.parse(view)).toEqual(view);
  expect(view).toMatchObject({
    phase: 'ended',
    endedAt: 9_000,
    endReason: 'finished',
    playhead: null,
    interrupted: [],
  });
});

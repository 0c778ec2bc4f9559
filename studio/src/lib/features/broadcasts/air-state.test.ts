import type { BroadcastView } from '@loa/shared/protocol/live';
import { describe, expect, test } from 'vitest';
import { aBroadcast, SMALL_CITY } from '../../../../test/support/zones.ts';
import { airState, playPosition, remainingLifeMs, type AirInput } from './air-state.ts';

const zones = SMALL_CITY;
type TallyCount = { sounding: number; firstSoundAt: number | null };

function stateOf(
  changes: Partial<Record<keyof BroadcastView, unknown>> | null,
  tally: TallyCount | null,
  extra: Partial<AirInput> = {},
) {
  const view = changes === null ? null : aBroadcast(changes);
  const full =
    tally === null || view === null
      ? null
      : { broadcastId: view.broadcastId, expected: 3, online: 2, quietSince: null, ...tally };
  const flags = {
    ...{ pressed: true, sentAtMs: null, linked: true, cut: false },
    ...{ held: false, live: true, asleep: false, silenced: false, kept: false },
  };
  return airState({ ...flags, view, tally: full, zones, nowMs: 1_500, ...extra });
}

describe('airState', () => {
  test('the press alone does not light the red light', () => {
    expect(stateOf(null, null)).toEqual({ kind: 'starting', late: false });
  });

  test('a start that stays unanswered may be on air, and that is said', () => {
    expect(stateOf(null, null, { sentAtMs: 1_000, nowMs: 2_500 })).toEqual({ kind: 'starting', late: false });
    expect(stateOf(null, null, { sentAtMs: 1_000, nowMs: 2_501 })).toEqual({ kind: 'starting', late: true });
  });

  test('a start that was never answered is neither off air nor on air, connected or not', () => {
    const held = { pressed: false, held: true };
    expect(stateOf(null, null, held)).toEqual({ kind: 'unsure' });
    expect(stateOf({}, null, { ...held, linked: false })).toEqual({ kind: 'unsure' });
  });

  test('found on the server it is held, also while receivers still sound its last packets', () => {
    const held = { pressed: false, held: true };
    expect(stateOf({}, { sounding: 1, firstSoundAt: 1_200 }, held)).toEqual({ kind: 'held', keepUntil: null });
    expect(stateOf({ sourceKeepUntil: 9_000 }, null, held)).toEqual({ kind: 'held', keepUntil: 9_000 });
    expect(stateOf({ phase: 'ended' }, null, held)).toEqual({ kind: 'ended' });
  });

  test('after a reload it is not said to be off air before the server was asked', () => {
    const reloaded = { pressed: false, kept: true };
    expect(stateOf(null, null, { ...reloaded, linked: false })).toEqual({ kind: 'unknown' });
    expect(stateOf(null, null, reloaded)).toEqual({ kind: 'idle' });
  });

  test('given up by its presenter before the server showed anything is cut', () => {
    expect(stateOf(null, null, { pressed: true, cut: true, held: true })).toEqual({ kind: 'cut', live: true });
  });

  test('neither does the acceptance by the server without a report of a receiver', () => {
    expect(stateOf({}, { sounding: 0, firstSoundAt: null })).toEqual({ kind: 'connecting', late: false });
    expect(stateOf({}, null)).toEqual({ kind: 'connecting', late: false });
  });

  test('a voice that the browser holds back is not on air, though receivers sound its silence', () => {
    const heard = { sounding: 1, firstSoundAt: 1_200 };
    expect(stateOf({}, heard, { asleep: true })).toEqual({ kind: 'asleep' });
    expect(stateOf({}, heard, { asleep: true, live: false }).kind).toBe('on-air');
    expect(stateOf({ paused: true }, heard, { asleep: true }).kind).toBe('paused');
  });

  test('a voice whose microphone speaks elsewhere is not on air, though receivers sound its silence', () => {
    const heard = { sounding: 1, firstSoundAt: 1_200 };
    expect(stateOf({}, heard, { silenced: true })).toEqual({ kind: 'silenced' });
    expect(stateOf({}, heard, { silenced: true, asleep: true })).toEqual({ kind: 'silenced' });
    expect(stateOf({}, heard, { silenced: true, live: false }).kind).toBe('on-air');
    expect(stateOf({ phase: 'waiting' }, null, { silenced: true }).kind).toBe('waiting');
  });

  test('a first sound that is late is said', () => {
    expect(stateOf({}, null, { nowMs: 4_001 })).toEqual({ kind: 'connecting', late: true });
  });

  test('one receiver that sounds it makes it on air', () => {
    expect(stateOf({}, { sounding: 1, firstSoundAt: 1_200 })).toEqual({ kind: 'on-air', sounding: 1, partly: false });
  });

  test('heard before and by nobody now is neither on air nor connecting', () => {
    expect(stateOf({}, { sounding: 0, firstSoundAt: 1_200 })).toEqual({ kind: 'unheard' });
  });

  test('taken in all zones is interrupted, by whom is named once', () => {
    const interrupted = [
      { zone: 'k1', by: 'e1' },
      { zone: 'k2', by: 'e1' },
    ];
    expect(stateOf({ interrupted }, { sounding: 0, firstSoundAt: 1_200 })).toEqual({ kind: 'interrupted', by: ['e1'] });
  });

  test('taken by a broadcast to the whole city is interrupted too', () => {
    expect(stateOf({ interrupted: [{ zone: 'c', by: 'e1' }] }, null).kind).toBe('interrupted');
  });

  test('taken in one of its zones stays on air and says so', () => {
    const interrupted = [{ zone: 'k1', by: 'e1' }];
    expect(stateOf({ interrupted }, { sounding: 1, firstSoundAt: 1_200 })).toEqual({
      kind: 'on-air',
      sounding: 1,
      partly: true,
    });
  });

  test('without a connection the page does not claim to know', () => {
    expect(stateOf({}, { sounding: 2, firstSoundAt: 1_200 }, { linked: false })).toEqual({ kind: 'unknown' });
  });

  test('a stop that the server does not know of yet is shown as what it is', () => {
    expect(stateOf({}, { sounding: 2, firstSoundAt: 1_200 }, { linked: false, cut: true })).toEqual({
      kind: 'cut',
      live: true,
    });
  });

  test('the end outranks everything', () => {
    expect(stateOf({ phase: 'ended' }, { sounding: 2, firstSoundAt: 1_200 }, { linked: false })).toEqual({
      kind: 'ended',
    });
  });

  test('a lost source and a pause are named', () => {
    expect(stateOf({ sourceKeepUntil: 9_000 }, null)).toEqual({ kind: 'source-lost', keepUntil: 9_000 });
    expect(stateOf({ paused: true }, null)).toEqual({ kind: 'paused' });
  });

  test('BR16: one whose source is lost ends by itself, also while it waits or is interrupted', () => {
    const lost = { kind: 'source-lost', keepUntil: 9_000 };
    const taken = (zone: string) => ({ sourceKeepUntil: 9_000, interrupted: [{ zone, by: 'e1' }] });
    expect(stateOf({ sourceKeepUntil: 9_000, phase: 'waiting' }, null)).toEqual(lost);
    expect(stateOf(taken('w2'), { sounding: 0, firstSoundAt: 1_200 })).toEqual(lost);
    expect(stateOf(taken('k1'), { sounding: 1, firstSoundAt: 1_200 })).toEqual(lost);
  });
});

describe('times of a broadcast', () => {
  test('the remaining life never goes below zero and is absent without a bound', () => {
    expect(remainingLifeMs(aBroadcast({ expiresAt: 5_000 }), 2_000)).toBe(3_000);
    expect(remainingLifeMs(aBroadcast({ expiresAt: 5_000 }), 9_000)).toBe(0);
    expect(remainingLifeMs(aBroadcast(), 9_000)).toBeNull();
  });

  test('a segment moves while it runs, stands while it does not, and ends at its length', () => {
    const source = { kind: 'segment', segmentId: 'g1', durationMs: 10_000 };
    const at = (playhead: unknown, now: number) => playPosition(aBroadcast({ source, playhead }), now)?.positionMs;
    expect(at({ positionMs: 1_000, at: 2_000, running: true }, 3_500)).toBe(2_500);
    expect(at({ positionMs: 1_000, at: 2_000, running: false }, 3_500)).toBe(1_000);
    expect(at({ positionMs: 9_000, at: 2_000, running: true }, 9_500)).toBe(10_000);
  });
});

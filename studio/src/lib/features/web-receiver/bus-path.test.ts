import type { RtcState } from '#lib/audio/rtc-session.ts';
import { createDoors } from '#lib/live/doors.svelte.ts';
import type { Assignment } from '@loa/shared/protocol/receivers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { aMediaDoor } from '../../../../test/support/fake-connection.ts';
import { BusPath } from './bus-path.ts';
import type { PagePlayout } from './page-playout.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test('a page asks for sound, and shows its token, only where its studio lets it', async () => {
  const { asked } = aMediaDoor();
  const playout = { attach: () => undefined } as unknown as PagePlayout;
  const open = async (whepUrl: string) => {
    const states: RtcState[] = [];
    const assignment = { whepUrl, path: [{ zoneId: 'w1', name: 'Phường 1' }] } as Assignment;
    const path = new BusPath(createDoors(['http://a.test', 'http://b.test']), assignment, playout, (state) =>
      states.push(state),
    );
    await vi.advanceTimersByTimeAsync(100);
    path.kick();
    path.close();
    return states;
  };
  expect(await open('http://elsewhere.test/whep/web-1')).toEqual(['refused']);
  expect(asked).toEqual([]);
  expect((await open('http://b.test/whep/web-1'))[0]).toBe('connecting');
  expect(asked).toContain('POST /whep/web-1');
});

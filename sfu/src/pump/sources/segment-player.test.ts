import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Playhead } from '@loa/shared/broadcasts/state';
import { waitFor } from '../../../test/support/wait-for.ts';
import { encodeSegment } from '../../link/segment-file.ts';
import { createSegmentPlayer, type SegmentPlayer } from './segment-player.ts';
import type { StampedFrame } from './whip-source.ts';

const FRAMES = 500;
const START = 1_000_000;

let folder: string;
let file: string;
const players: SegmentPlayer[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'loa-player-'));
  file = join(folder, 'segment');
  writeFileSync(file, encodeSegment(Array.from({ length: FRAMES }, (_, n) => Buffer.from([n >> 8, n & 0xff]))));
});
afterEach(() => {
  for (const player of players.splice(0)) player.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function play(path = file, takesOver = false) {
  const frames: StampedFrame[] = [];
  const outcome = { ended: 0, failed: '' };
  const player = createSegmentPlayer(path, takesOver, {
    onFrame: (frame) => frames.push(frame),
    onEnded: () => (outcome.ended += 1),
    onFailed: (detail) => (outcome.failed = detail),
  });
  players.push(player);
  const numbers = () => frames.map(({ payload }) => payload.readUInt16BE(0));
  /** Beats until `to`; whenever frames have to be read first, time waits for them. */
  const beatUntil = async (from: number, to: number) => {
    for (let now = from; now <= to; now += 5) {
      player.pump(now);
      if (now % 1_000 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  /** Opens the file: the first frame is there. */
  const ready = (playhead: Playhead, now: number) => {
    player.follow(playhead, now);
    return waitFor(() => {
      player.pump(now);
      return frames.length > 0 ? '' : 'the first frame';
    });
  };
  return { player, frames, numbers, outcome, beatUntil, ready };
}

const running = (positionMs: number, runningSince: number): Playhead => ({ positionMs, runningSince });
const standing = (positionMs: number): Playhead => ({ positionMs, runningSince: null });
const upTo = (from: number, count: number) => Array.from({ length: count }, (_, n) => from + n);

describe('a segment player', () => {
  it('emits every frame once, at its stamp, and then says that it has ended', async () => {
    const { frames, numbers, outcome, beatUntil, ready } = play();
    await ready(running(0, START), START);
    await beatUntil(START, START + FRAMES * 20 + 100);
    expect(numbers()).toEqual(upTo(0, FRAMES));
    expect(frames.map(({ stampMs }) => stampMs)).toEqual(upTo(0, FRAMES).map((n) => START + 20 * n));
    expect(outcome).toEqual({ ended: 1, failed: '' });
  });

  it('says nothing ahead of time', async () => {
    const { numbers, player, ready } = play();
    await ready(running(0, START), START);
    player.pump(START + 59);
    expect(numbers()).toEqual([0, 1, 2]);
  });

  it('pauses and goes on with the next frame, none lost and none twice, wherever the pause falls', async () => {
    for (const pausedAfter of [100, 105, 113, 119, 120]) {
      const { numbers, player, ready } = play();
      await ready(running(0, START), START);
      // The beat before the pause may be late.
      player.pump(START + pausedAfter - 15);
      player.follow(standing(pausedAfter), START + pausedAfter);
      player.pump(START + 5_000);
      player.follow(running(pausedAfter, START + 9_000), START + 9_000);
      player.pump(START + 9_000 + 40);
      player.pump(START + 9_000 + 80);
      expect(numbers()).toEqual(upTo(0, numbers().length));
      expect(numbers().length).toBeGreaterThan(8);
    }
  });

  it('a file that is slow to open moves the whole message: its beginning is not lost', async () => {
    const { frames, numbers, player, beatUntil } = play();
    player.follow(running(0, START), START);
    player.pump(START + 5);
    await waitFor(() => {
      player.pump(START + 300);
      return frames.length > 0 ? '' : 'the first frame';
    });
    await beatUntil(START + 305, START + 400);
    expect(numbers()).toEqual(upTo(0, numbers().length));
    expect(frames[0]?.stampMs).toBe(START + 300);
    expect(frames[1]?.stampMs).toBe(START + 320);
  });

  it('BR14: what began late is not cut at its first pause: it goes on with the next frame, as late as before', async () => {
    const { frames, numbers, player, beatUntil } = play();
    player.follow(running(0, START), START);
    player.pump(START + 5);
    await waitFor(() => {
      player.pump(START + 300);
      return frames.length > 0 ? '' : 'the first frame';
    });
    await beatUntil(START + 305, START + 1_300);
    for (const resumedAt of [START + 9_000, START + 20_000]) {
      const { length } = frames;
      const positionMs = length * 20 + 280;
      player.follow(standing(positionMs), resumedAt - 5_000);
      player.follow(running(positionMs, resumedAt), resumedAt);
      await beatUntil(resumedAt, resumedAt + 1_000);
      expect(frames.length).toBeGreaterThan(length + 40);
      expect((frames[length]?.stampMs ?? 0) - resumedAt).toBe(20);
    }
    expect(numbers()).toEqual(upTo(0, numbers().length));
  });

  it('BR14: what has not begun when it is paused loses nothing of its beginning', async () => {
    const { frames, numbers, player, beatUntil } = play();
    player.follow(running(0, START), START);
    player.pump(START + 5);
    player.follow(standing(700), START + 700);
    player.follow(running(700, START + 5_000), START + 5_000);
    await waitFor(() => {
      player.pump(START + 5_000);
      return frames.length > 0 ? '' : 'the first frame';
    });
    await beatUntil(START + 5_005, START + 5_400);
    expect(numbers()).toEqual(upTo(0, 21));
    expect(frames[0]?.stampMs).toBe(START + 5_000);
  });

  it('resumes at another position when the playhead moved', async () => {
    const { frames, numbers, player, beatUntil, ready } = play();
    await ready(running(0, START), START);
    player.follow(running(6_000, START + 1_000), START + 1_000);
    await waitFor(() => {
      player.pump(START + 1_000);
      return numbers().length > 1 ? '' : 'the frame at 6 s';
    });
    await beatUntil(START + 1_000, START + 1_100);
    expect(numbers().slice(1, 4)).toEqual([300, 301, 302]);
    expect(frames[1]?.stampMs).toBe(START + 1_000);
  });

  it.each([300, 4_000])(
    'LS4, LS23: who takes over from another node after %i ms goes on where that one would be',
    async (ms) => {
      const { frames, numbers, beatUntil, ready } = play(file, true);
      await ready(running(1_000, START), START + ms);
      await beatUntil(START + ms, START + ms + 100);
      expect(numbers().slice(0, 3)).toEqual(upTo(50 + ms / 20, 3));
      expect(frames[0]?.stampMs).toBe(START + ms);
    },
  );

  it.each([50, 700, 1_300, 9_000])(
    'LS23: what nobody has heard begins with its first frame, also %i ms late',
    async (ms) => {
      const { frames, numbers, beatUntil, ready } = play();
      await ready(running(0, START), START + ms);
      await beatUntil(START + ms, START + ms + 400);
      expect(numbers()).toEqual(upTo(0, 21));
      expect(frames.map(({ stampMs }, n) => stampMs - 20 * n)).toEqual(frames.map(() => START + ms));
    },
  );

  it('LS23: who takes over keeps to the stamps of the plan, however slowly its file opens', async () => {
    const { frames, player } = play(file, true);
    player.follow(running(0, START), START + 2_000);
    player.pump(START + 2_005);
    await waitFor(() => {
      player.pump(START + 2_110);
      return frames.length > 0 ? '' : 'the first frame';
    });
    expect(new Set(frames.map(({ stampMs, payload }) => stampMs - 20 * payload.readUInt16BE(0)))).toEqual(
      new Set([START]),
    );
  });

  it('the same playhead again changes nothing', async () => {
    const { numbers, player, ready } = play();
    await ready(running(0, START), START);
    for (let n = 0; n < 5; n++) {
      player.follow(running(0, START), START);
      player.pump(START + 20 * n);
    }
    expect(numbers()).toEqual(upTo(0, 5));
  });

  it('leaves out what is long past when this process stood still', async () => {
    const { numbers, player, ready } = play();
    await ready(running(0, START), START);
    player.pump(START + 1_000);
    expect(numbers()[0]).toBe(0);
    expect(numbers()[1]).toBeGreaterThanOrEqual(40);
    expect(numbers().at(-1)).toBe(50);
  });

  it('reports a file that is missing, once', async () => {
    const { outcome, player } = play(join(folder, 'missing'));
    player.follow(running(0, START), START);
    await waitFor(() => (outcome.failed ? '' : 'the failure'));
    player.pump(START + 100);
    expect(outcome).toMatchObject({ ended: 0, failed: expect.stringContaining('ENOENT') as string });
  });

  it('says nothing after it was closed', async () => {
    const { numbers, player, ready, outcome } = play();
    await ready(running(0, START), START);
    player.close();
    player.pump(START + 100);
    expect(numbers().length).toBeLessThanOrEqual(6);
    expect(outcome.failed).toBe('');
  });
});

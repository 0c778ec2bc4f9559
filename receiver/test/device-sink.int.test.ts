import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { createDeviceSink, type Player } from '../src/sinks/device-sink.ts';
import type { Sink } from '../src/sinks/sink.ts';
import { localNow } from '../src/session/server-clock.ts';
import { waitFor } from './support/wait-for.ts';

const STAND_IN = new URL('./support/stand-in-player.mjs', import.meta.url).pathname;
const log = pino({ level: 'silent' });
let sink: Sink | null = null;
let played: string;

function open(dieAfterBytes = Number.MAX_SAFE_INTEGER): Sink {
  played = join(mkdtempSync(join(tmpdir(), 'loa-device-')), 'played.raw');
  const player: Player = {
    name: 'stand-in',
    command: process.execPath,
    args: [STAND_IN, played, String(dieAfterBytes)],
  };
  sink = createDeviceSink(player, log);
  return sink;
}

/** Gives the sink what it wants until `done`; every sample has its own value. */
async function feed(target: Sink, done: () => boolean): Promise<number> {
  let written = 0;
  await waitFor(() => {
    const { frames } = target.demand(localNow());
    const samples = Float32Array.from({ length: frames }, (_value, index) => ((written + index) % 1_000) / 32_767);
    if (frames > 0) target.write(samples, 0);
    written += frames;
    return !done() && `${written} samples written`;
  });
  return written;
}

const playedBytes = (): number => (existsSync(played) ? readFileSync(played).length : 0);

afterEach(async () => {
  await sink?.close();
  sink = null;
});

describe('sound card through another program', () => {
  it('hands over every sample in order, and lets out the rest at the end', async () => {
    const target = open();
    const written = await feed(target, () => playedBytes() > 48_000);
    await target.close();
    const samples = new Int16Array(new Uint8Array(readFileSync(played)).buffer);
    expect(samples).toHaveLength(written);
    expect(samples.every((value, index) => value === index % 1_000)).toBe(true);
    expect(target.problem()).toBeNull();
  });

  it('says that the device is lost, and plays again when it is back', async () => {
    const target = open(30_000);
    await feed(target, () => target.problem()?.includes('device unplugged') ?? false);
    const before = playedBytes();
    await feed(target, () => playedBytes() > before && target.problem() === null);
  });

  it('PO17: what a player takes that never has the card is not heard', async () => {
    const args = ['-e', 'setTimeout(() => process.exit(1), 100); process.stdin.resume()'];
    const target = (sink = createDeviceSink({ name: 'busy', command: process.execPath, args }, log));
    const answers: boolean[] = [];
    await waitFor(() => {
      const { frames } = target.demand(localNow());
      if (target.problem() !== null) answers.push(target.write(new Float32Array(frames), 0));
      else target.write(new Float32Array(frames), 0);
      return answers.length < 200 && 'two hundred writes after the card was lost';
    });
    expect(answers).not.toContain(true);
  });

  it('begins anew, with another player, after this process stood still for long', async () => {
    const target = open();
    await feed(target, () => playedBytes() > 20_000);
    target.demand(localNow() + 5_000);
    await waitFor(() => target.problem() === null && 'the old player is gone');
    const before = playedBytes();
    await feed(target, () => playedBytes() > before && target.problem() === null);
  });

  it('says that there is no such program', async () => {
    sink = createDeviceSink({ name: 'none', command: 'no-such-player', args: [] }, log);
    await waitFor(() => !sink?.problem()?.includes('no-such-player') && `problem is ${sink?.problem()}`);
  });
});

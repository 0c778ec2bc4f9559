import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { SfuStack } from './sfu-stack.ts';
import { waitFor } from './wait-for.ts';

/** One frame as it arrived at the probe's receiver. */
export interface ProbedFrame {
  /** Number that the probe's source gave it. */
  readonly n: number;
  readonly timestamp: number;
  readonly tag: number;
  readonly rank: number;
}

/**
 * A speaker and a receiver in a process of their own, so that nothing that a test does to itself looks like a fault of the
 * sound on air.
 */
export interface SoundProbe {
  readonly sourceId: string;
  readonly broadcastId: string;
  /** What was heard, from the frame with this index on. */
  frames(from?: number): Promise<ProbedFrame[]>;
  /** Waits until sound comes; gaps count from here on. */
  begin(): Promise<void>;
  /** Throws when there was a gap since `begin` or since it was asked last. */
  expectUnbroken(): Promise<void>;
  /** Throws unless a second of sound arrives from now on. */
  expectSound(): Promise<void>;
  close(): Promise<void>;
}

const TICKS_PER_FRAME = 960;
/** TL3: a stamp is slewed by 500 millionths of the time since the frame before, which is half a second ago where something stood still. */
const SLEW_TICKS = 12;

/** What is wrong with a run of frames that should follow each other; empty when nothing is. */
export function gapsIn(frames: readonly ProbedFrame[]): string[] {
  return frames.slice(1).flatMap(({ n, timestamp }, i) => {
    const before = frames[i];
    if (!before) return [];
    const ticks = (timestamp - before.timestamp) | 0;
    const follows = n === ((before.n + 1) & 0xffff) && Math.abs(ticks - TICKS_PER_FRAME) <= SLEW_TICKS;
    return follows ? [] : [`${before.n} -> ${n} (${ticks} ticks)`];
  });
}

async function ask<T>(child: ChildProcess, question: object): Promise<T> {
  child.send(question);
  const [answer] = (await once(child, 'message')) as [T];
  return answer;
}

/** Begins to speak in a zone. */
export async function startSoundProbe(sfu: SfuStack, zoneCode: string, rest: object = {}): Promise<SoundProbe> {
  const child = fork(join(import.meta.dirname, 'sound-probe-process.ts'), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // A session of its own, whose priority it may raise.
    detached: true,
  });
  const begin = { type: 'begin', url: sfu.url, token: sfu.token, zoneId: sfu.zoneByCode(zoneCode).id, rest };
  const begun = await ask<{ sourceId: string; broadcastId: string }>(child, begin);
  const frames = (from = 0) => ask<ProbedFrame[]>(child, { type: 'frames', from });
  let checked = 0;
  const count = () => ask<number>(child, { type: 'count' });

  return {
    ...begun,
    frames,
    async begin() {
      // The first second belongs to the connection and to the stamp, which has to find the source's place.
      await waitFor(async () => ((await count()) > 50 ? '' : 'the sound of the probe'));
      checked = (await count()) - 1;
    },
    async expectUnbroken() {
      const heard = await frames(checked);
      checked += Math.max(0, heard.length - 1);
      const gaps = gapsIn(heard);
      if (gaps.length > 0) throw new Error(`the sound on air has gaps: ${gaps.slice(0, 10).join(', ')}`);
    },
    async expectSound() {
      const until = (await count()) + 50;
      await waitFor(async () => ((await count()) >= until ? '' : 'the sound to go on'));
    },
    async close() {
      if (child.exitCode !== null) return;
      const gone = once(child, 'exit');
      child.send({ type: 'end' });
      await gone;
    },
  };
}

import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { ChirpSignal } from '../../receiver/test/support/chirps.ts';
import type { SoundRoom } from '../../receiver/test/support/sound-room.ts';
import type { BadLink } from './bad-link.ts';
import { startBenchStack } from './bench-stack.ts';
import { openChirpSource } from './chirp-source.ts';
import { endProcess } from './processes.ts';
import { spawnReceiver, zoneIdOf } from './real-receiver.ts';
import { startBroadcast } from './stored-speech.ts';

const WARD = '26506';

/** What is to be played where. */
export interface ChirpOrder {
  readonly room: SoundRoom;
  readonly speakers: number;
  /** Between the source and the last loudspeaker; null: all are at one machine. */
  readonly link: BadLink | null;
  readonly signal: ChirpSignal;
  /** From the source to the ear, in ms. */
  readonly delayMs: number;
  /** Folder for what each receiver of ours was told; undefined: it is not written. */
  readonly packetsDir?: string | undefined;
}

/** Somebody's whole chain from a live source of chirps to the loudspeakers of a room. */
export interface ChirpPlayers {
  /** When this sample of the signal left the source, in ms of `monotonicNow`, as if a sample left with its place in its block of 20 ms. */
  leftAtMs(sample: number): number;
  /** What plays into each loudspeaker. */
  readonly receivers: readonly ChildProcess[];
  close(): Promise<void>;
}

export type StartChirpPlayers = (order: ChirpOrder) => Promise<ChirpPlayers>;

/** Where a program has to be started that plays into this loudspeaker. */
export const commandBefore = ({ link, speakers }: ChirpOrder, speaker: number): readonly string[] =>
  speaker === speakers - 1 ? (link?.commandThere ?? []) : [];

/** Receivers that begin in the middle of a broadcast over WHIP. */
export const startLoaPlayers: StartChirpPlayers = async (order) => {
  const { room, speakers, link, signal, delayMs, packetsDir } = order;
  const stack = await startBenchStack({ playoutDelayMs: delayMs, ...(link ? { host: link.address } : {}) });
  const source = await openChirpSource(stack, signal);
  await startBroadcast(stack, {
    title: 'chirps',
    source: { kind: 'live', sourceId: source.sourceId },
    zones: [zoneIdOf(stack, WARD)],
  });
  const receivers = Array.from({ length: speakers }, (_, speaker) => {
    const id = `bench-speaker-${speaker}`;
    return spawnReceiver(stack, {
      id,
      zone: WARD,
      settings: {
        ...room.environmentOf(speaker),
        RECEIVER_SINK: 'pulse',
        ...(packetsDir === undefined ? {} : { RECEIVER_TRACE_PATH: join(packetsDir, `${id}.trace`) }),
      },
      before: commandBefore(order, speaker),
    });
  });
  return {
    leftAtMs: (sample) => source.leftAtMs(sample),
    receivers,
    async close() {
      await Promise.all(receivers.map(endProcess));
      await source.close();
      await stack.close();
    },
  };
};

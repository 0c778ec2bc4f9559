import { setTimeout as sleep } from 'node:timers/promises';
import { receiverIdSchema } from '@loa/shared/protocol/receivers';
import pino, { type Logger } from 'pino';
import type { PathState } from '../path/media-path.ts';
import { joinWhep, type WhepRequest } from '../path/whep-session.ts';
import { REPORT_INTERVAL_MS } from '../session/reporter.ts';
import { ServerClock } from '../session/server-clock.ts';
import { createGate } from './join-gate.ts';
import type { HeardChange } from './light-playout.ts';
import { LightReceiver, type FirstPacket, type LightReceiverOptions } from './light-receiver.ts';
import { TurnQueue } from './turn-queue.ts';

/** Joins under way at a time: setting one up costs both sides some milliseconds of one core. */
export const JOIN_CONCURRENCY = 10;

/** One in so many measures the clock that all share: more probes only push the good ones out of the window. */
const RECEIVERS_PER_CLOCK = 50;
/** Between two receivers that are started, in ms. */
const MAX_PAUSE_MS = 20;

export interface FleetOptions {
  readonly doorUrl: string;
  readonly token: string;
  /** Zones (ids or codes) in which the receivers stand, in turns. */
  readonly zones: readonly string[];
  readonly count: number;
  /** Ids are `{prefix}-{number}`; another prefix is another fleet. */
  readonly prefix?: string;
  readonly log?: Logger;
  /** Joins under way at a time; `JOIN_CONCURRENCY` unless said otherwise. Devices do not wait for each other. */
  readonly joinsAtATime?: number;
  /** PO40: whether they hold second paths, where there are several nodes; not unless said so. */
  readonly secondPaths?: boolean;
  /** Every packet at each receiver, as `LightReceiverOptions` has it. */
  readonly onPacket?: LightReceiverOptions['onPacket'];
  /** The first packet of each broadcast at each receiver. */
  onFirstPacket?(event: FirstPacket): void;
  /** Who is heard at a receiver changed. */
  onHeard?(receiver: LightReceiver, change: HeardChange): void;
}

export interface Fleet {
  readonly receivers: readonly LightReceiver[];
  /** Server time as the fleet knows it. */
  readonly clock: ServerClock;
  /** Resolves when every receiver's media path is up. */
  ready(): Promise<void>;
  /** Receivers whose second path is up. */
  readonly withSecondPath: number;
  close(): Promise<void>;
}

/** Many light receivers in one process, for load and for benches. */
export function createFleet(options: FleetOptions): Fleet {
  const log = options.log ?? pino({ level: 'warn' });
  const clock = new ServerClock();
  const gate = createGate(options.joinsAtATime ?? JOIN_CONCURRENCY);
  const turns = new TurnQueue();
  const prefix = options.prefix ?? 'fleet';
  const up = new Set<LightReceiver>();
  let tellReady: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => (tellReady = resolve));
  const notePath = (receiver: LightReceiver, state: PathState): void => {
    if (state === 'up') up.add(receiver);
    else up.delete(receiver);
    if (up.size === options.count) tellReady();
  };
  const receivers = Array.from({ length: options.count }, (_, index) => {
    const id = receiverIdSchema.parse(`${prefix}-${index + 1}`);
    return new LightReceiver({
      id,
      zone: options.zones[index % options.zones.length] ?? '',
      doorUrl: options.doorUrl,
      token: options.token,
      log: log.child({ receiver: id }),
      clock,
      turns,
      measuresClock: index % RECEIVERS_PER_CLOCK === 0,
      join: (request: WhepRequest) => gate(() => joinWhep(request)),
      onPath: notePath,
      secondPath: options.secondPaths ?? false,
      ...(options.onPacket ? { onPacket: options.onPacket } : {}),
      ...(options.onFirstPacket ? { onFirstPacket: options.onFirstPacket } : {}),
      ...(options.onHeard ? { onHeard: options.onHeard } : {}),
    });
  });
  let closed = false;
  void openOneByOne(receivers, () => closed);
  return {
    receivers,
    clock,
    ready: () => ready,
    get withSecondPath() {
      return receivers.filter(({ hasSecondPath }) => hasSecondPath).length;
    },
    async close() {
      closed = true;
      await Promise.all(receivers.map((receiver) => receiver.close()));
    },
  };
}

/** With a pause after each, so that what they do every few seconds is spread as it is among devices. */
async function openOneByOne(receivers: readonly LightReceiver[], stopped: () => boolean): Promise<void> {
  const pauseMs = Math.min(MAX_PAUSE_MS, REPORT_INTERVAL_MS / receivers.length);
  for (const receiver of receivers) {
    if (stopped()) return;
    receiver.open();
    await sleep(pauseMs);
  }
}

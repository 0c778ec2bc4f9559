import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { OrderedDelay } from '@loa/shared/playout/delay-order';
import { createOpusDecoders } from '@loa/shared/playout/opus-decoder';
import { PlayoutEngine, type PlayoutSettings } from '@loa/shared/playout/playout-engine';
import { RecordBook } from '@loa/shared/playout/record-book';
import { fromCsrc } from '@loa/shared/protocol/csrc';
import { LONE_DELAY_MS } from '@loa/shared/protocol/limits';
import type { Assignment, ReceiverProblemCode, ReceiverSettings } from '@loa/shared/protocol/receivers';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { ReceiverConfig } from './config.ts';
import type { Arrival } from './path/arrival.ts';
import { FULL_ACCESS } from './path/media-access.ts';
import { MediaPath } from './path/media-path.ts';
import { readPilot } from './path/pilot-message.ts';
import { SecondPath } from './path/second-path.ts';
import { loadOpusWasm } from './player/opus-wasm.ts';
import { PlayoutLoop } from './player/playout-loop.ts';
import { createRecordFile } from './records/record-file.ts';
import { RecordQueue } from './records/record-queue.ts';
import { RecordSender } from './records/record-sender.ts';
import { sendRecords } from './records/send-records.ts';
import { createDoorFile } from './session/door-file.ts';
import { DoorSession } from './session/door-session.ts';
import { type ReceiverProblem, Reporter } from './session/reporter.ts';
import { localNow, ServerClock } from './session/server-clock.ts';
import { calibrated } from './sinks/calibrated-sink.ts';
import { openSink } from './sinks/open-sink.ts';
import type { Sink } from './sinks/sink.ts';
import { SOFTWARE_VERSION } from './software-version.ts';
import { createTraceFile } from './trace/trace-file.ts';
import { TracedClock } from './trace/traced-clock.ts';
import { TracedEngine } from './trace/traced-engine.ts';

export interface Receiver {
  /** What is asked of it now. */
  readonly engine: PlayoutEngine<string>;
  /** Closes records as final, lets out what was rendered, says good-bye to the door. */
  close(): Promise<void>;
}

/** Builds one receiver and starts it; nothing else knows all its parts. `ownSink` takes the place of the configured one. */
export async function startReceiver(config: ReceiverConfig, log: Logger, ownSink?: Sink): Promise<Receiver> {
  const trace = config.tracePath === null ? null : createTraceFile(config.tracePath, { receiverId: config.id, log });
  const clock = trace === null ? new ServerClock() : new TracedClock(trace.note);
  let settings: PlayoutSettings = {
    playoutDelayMs: config.delayMs ?? LONE_DELAY_MS,
    volume: 100,
    emergencyVolume: 100,
    muted: false,
  };
  let assignment: Assignment | null = null;
  /** What holds in its zone, also where it has a delay of its own. */
  let ordered: OrderedDelay | null = null;
  const createDecoder = createOpusDecoders(await loadOpusWasm());
  const engine =
    trace === null
      ? new PlayoutEngine<string>(createDecoder, settings)
      : new TracedEngine(createDecoder, settings, trace.note);
  const sink = calibrated(ownSink ?? (await openSink(config, log)), config.calibrationMs);
  const book = new RecordBook(config.id, randomUUID);
  const queue = new RecordQueue(createRecordFile(join(config.dataDir, 'records.jsonl')), log);

  const configure = (change: ReceiverSettings): void => {
    const { volume, emergencyVolume, muted } = { ...settings, ...withoutUndefined(change) };
    const told = delayIn(change, ordered);
    ordered = told;
    const delay = config.delayMs === null ? (told ?? settings) : { playoutDelayMs: config.delayMs };
    settings = { playoutDelayMs: delay.playoutDelayMs, delayMove: delay.delayMove, volume, emergencyVolume, muted };
    engine.configure(settings);
    log.info({ ...settings }, 'settings');
  };
  const session = new DoorSession({
    doorUrl: config.doorUrl,
    token: config.token,
    registration: {
      receiverId: config.id,
      name: config.name,
      kind: 'loudspeaker',
      zone: config.zone,
      softwareVersion: SOFTWARE_VERSION,
    },
    log,
    memory: createDoorFile(join(config.dataDir, 'doors.json'), log),
    onAssigned: (assigned, doorUrl) => {
      assignment = assigned;
      clock.follow(doorUrl);
      clock.guess(assigned.serverTimeMs);
      configure(assigned);
      path.follow(assigned);
      second?.follow(assigned);
      loop.start();
    },
    onSettings: (change) => {
      configure(change);
      if (change.doors) second?.learn(change.doors);
    },
    onPathClosed: (pathId) => {
      path.noteClosed(pathId);
      second?.noteClosed(pathId);
    },
    preferredDoor: () => second?.workingDoor ?? null,
    onClockSample: (sample) => {
      const steppedMs = clock.note(sample);
      if (steppedMs !== 0) log.warn({ steppedMs: Math.round(steppedMs) }, 'the clock of the server stepped');
      return clock.estimate;
    },
    onOnline: (online) => {
      if (online) reporter.report();
    },
  });
  let sessions = 0;
  const media = {
    token: config.token,
    log,
    access: FULL_ACCESS,
    ipv6: true,
    nextSession: () => (sessions += 1),
    onPacket: (zoneId: string, session: number, arrival: Arrival) =>
      push(engine, `${session}/${zoneId}`, arrival, clock.now()),
    onLeft: (session: number) => engine.resetBuses((bus) => bus.startsWith(`${session}/`)),
    onState: () => reporter.check(),
  };
  const path = new MediaPath({
    ...media,
    isPilot: (arrival) => {
      const pilot = readPilot(arrival);
      if (pilot !== null) clock.notePilot(pilot, localNow());
      return pilot !== null;
    },
    witnessHeardAtMs: () => second?.heardAtMs ?? null,
    onStuck: (isStill) => session.moveOn(isStill),
    onProven: (whepUrl) => second?.noteFirst(whepUrl),
  });
  // The clock is set by the pilots of one node.
  const second = config.secondPath ? new SecondPath({ ...media, isPilot: (one) => readPilot(one) !== null }) : null;
  const reporter = new Reporter({
    engine,
    clock,
    path: () => path.state,
    secondPath: () => second?.isUp ?? false,
    sounding: () => loop.sounding(),
    settings: () => settings,
    sinkName: () => sink.name,
    calibrationMs: config.calibrationMs,
    ownDelayMs: config.delayMs,
    ordered: () => ordered,
    problem: () =>
      problemOf('sound-card', sink.problem()) ??
      problemOf('records-not-kept', queue.problem) ??
      problemOf('clocks-disagree', clock.disagreed ? CLOCKS_DISAGREE : null),
    send: (report) => {
      if (session.online) void session.request('receiver:report', report, z.null());
    },
  });
  const sender = new RecordSender({
    book,
    queue,
    log,
    now: () => clock.now(),
    send: (records) => sendRecords(session, records),
  });
  const loop = new PlayoutLoop({
    engine,
    sink,
    clock,
    delayMs: () => settings.playoutDelayMs,
    onPlayed: (block) => {
      const zoneId = assignment?.zoneId;
      if (zoneId !== undefined) for (const rendered of block.rendered) book.note(rendered, zoneId);
    },
    onTurn: () => reporter.check(),
  });

  log.info({ receiver: config.id, zone: config.zone, sink: sink.name, door: config.doorUrl }, 'receiver started');
  session.open();
  reporter.start();
  sender.start();
  return {
    engine,
    async close() {
      loop.stop();
      reporter.close();
      engine.close();
      if (session.online) reporter.report();
      await sender.close();
      session.close();
      await Promise.all([path.close(), second?.close()]);
      await sink.close();
      await trace?.close();
      log.info({ ...engine.stats() }, 'receiver stopped');
    },
  };
}

const CLOCKS_DISAGREE = 'the door and the pilots speak of different clocks: the pilots are believed';

function push(engine: PlayoutEngine<string>, bus: string, arrival: Arrival, nowMs: number): void {
  const { csrc, ...packet } = arrival;
  if (csrc !== null) engine.push({ ...packet, bus, label: fromCsrc(csrc) }, nowMs);
}

/** PO31: a delay comes with the way in which it is moved, or holds at once. */
function delayIn(
  { playoutDelayMs, delayMove = null }: ReceiverSettings,
  before: OrderedDelay | null,
): OrderedDelay | null {
  return playoutDelayMs === undefined ? before : { playoutDelayMs, delayMove };
}

function problemOf(code: ReceiverProblemCode, text: string | null): ReceiverProblem | null {
  return text === null ? null : { code, text };
}

/** Settings that are not mentioned stay as they are. */
function withoutUndefined(change: ReceiverSettings): Partial<PlayoutSettings> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

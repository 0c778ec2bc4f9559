import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Command } from '@loa/shared/broadcasts/commands';
import type { BroadcastEvent } from '@loa/shared/broadcasts/events';
import type { BroadcastId, SourceId, ZoneId } from '@loa/shared/ids';
import { PILOT_INTERVAL_MS } from '@loa/shared/protocol/limits';
import type { Zone } from '@loa/shared/zones/zone';
import { buildZoneTree, type ZoneTree } from '@loa/shared/zones/zone-tree';
import { createLinkServer, type LinkHandlers } from '../link/link-server.ts';
import { LinkError, type Notice } from '../link/messages.ts';
import { createOnAir } from './broadcasts/on-air.ts';
import { createRunner, type Runner } from './broadcasts/runner.ts';
import { createBusMap } from './buses/bus-map.ts';
import { serverNow } from './clock.ts';
import type { PumpConfig } from './config.ts';
import { createControlBus } from './control-bus/control-bus.ts';
import { createMemoryLog } from './log/memory-log.ts';
import type { EventLog } from './log/event-log.ts';
import { createLoopDelayMonitor } from './loop-delay.ts';
import { createZoneOutputs } from './outputs/zone-outputs.ts';
import { type ListeningPath, openListeningPath } from './paths/listening-path.ts';
import { createWhipSource, type WhipSource } from './sources/whip-source.ts';
import { createMediaWorker } from './workers/media-worker.ts';
import { toPreviewAnswer, toRefusalAnswer } from './broadcasts/answers.ts';

/** Frames are due every 20 ms; a quarter of that spreads the broadcasts' writes and keeps each close to its time. */
const BEAT_MS = 5;
const SOURCE_WATCH_MS = 100;
const TIME_PASSES_MS = 200;
/** Bounds of what one pump takes on; a door asks before it promises anything. */
const MAX_SOURCES = 200;
const MAX_PATHS = 3_000;
const EVENTS_PER_ANSWER = 1_000;

export interface Pump {
  readonly workerPid: number;
  close(): Promise<void>;
}

function endRestarted(broadcastId: BroadcastId): BroadcastEvent {
  return { type: 'broadcast-ended', broadcastId, reason: 'restarted', by: null, detail: null };
}

function toTree(zones: readonly Zone[]): ZoneTree {
  const tree = buildZoneTree(zones);
  if (!tree.ok) throw new LinkError('bad-request', `zone tree: ${JSON.stringify(tree.error.slice(0, 5))}`);
  return tree.value;
}

/** Composition root of the pump: worker, buses, sources, decision core and the link to the doors. */
export async function createPump(config: PumpConfig, logger: Logger, onFatal: (error: Error) => void): Promise<Pump> {
  const run = randomUUID();
  const worker = await createMediaWorker({
    host: config.mediaHost,
    announcedAddress: config.mediaAnnouncedAddress,
    port: config.mediaPort,
    workerBin: config.workerBin,
    log: logger,
    onDied: onFatal,
  });
  const buses = createBusMap();
  const outputs = createZoneOutputs();
  const controlBus = createControlBus();
  const loopDelay = createLoopDelayMonitor();
  const sources = new Map<SourceId, WhipSource>();
  const paths = new Map<string, ListeningPath>();
  let decisions: { readonly log: EventLog; readonly runner: Runner } | null = null;
  let notify: (notice: Notice) => void = () => undefined;

  const submit = (command: Command) => void decisions?.runner.submit(command);
  const air = createOnAir({ buses, outputs, segmentsDir: config.segmentsDir, submit });

  const begin = (log: EventLog, tree: ZoneTree, nextTag: number) => {
    const runner = createRunner({ log, tree, nextTag, apply: (state, current) => air.apply(state, current), logger });
    log.subscribe((events) => notify({ type: 'events', events: [...events] }));
    return { log, runner };
  };
  const decided = () => {
    if (!decisions) throw new LinkError('unavailable', 'no door has said hello yet');
    return decisions;
  };
  const found = <T>(value: T | undefined, what: string): T => {
    if (value === undefined) throw new LinkError('not-found', `no such ${what}`);
    return value;
  };
  const returnSource = (sourceId: SourceId) => {
    const broadcast = air.broadcastOf(sourceId);
    if (broadcast && broadcast.sourceKeepUntil !== null)
      submit({ type: 'source-found', broadcastId: broadcast.id, sourceId });
  };

  const handlers: LinkHandlers = {
    async hello({ resume, zones, unfinished }) {
      const tree = toTree(zones);
      if (decisions) {
        decisions.runner.setTree(tree);
      } else {
        const log = createMemoryLog(resume, (lost) =>
          logger.error({ lost }, 'no door stores the log; events are lost'),
        );
        decisions = begin(log, tree, resume.nextTag);
        await log.append(log.head.version, unfinished.map(endRestarted), Math.floor(serverNow()));
      }
      return { run, version: decisions.log.head.version };
    },
    'tree:set'({ zones }) {
      decided().runner.setTree(toTree(zones));
      return null;
    },
    clock: () => ({ serverTimeMs: serverNow() }),
    async 'events:since'({ version }) {
      return { events: await decided().log.readAfter(version, EVENTS_PER_ANSWER) };
    },
    'events:stored'({ version }) {
      decided().log.forgetUpTo(version);
      return null;
    },
    async command({ command }) {
      if (
        command.type === 'start' &&
        command.spec.source.kind === 'live' &&
        !sources.has(command.spec.source.sourceId)
      ) {
        return { accepted: false, refusal: { code: 'unknown-source' } };
      }
      const result = await decided().runner.submit(command);
      return result.ok
        ? { accepted: true, version: result.value }
        : { accepted: false, refusal: toRefusalAnswer(result.error) };
    },
    preview: ({ spec }) => toPreviewAnswer(decided().runner.preview(spec)),
    async 'whip:open'(ask) {
      if (sources.size >= MAX_SOURCES) throw new LinkError('too-many-requests', `more than ${MAX_SOURCES} sources`);
      if (sources.has(ask.sourceId)) throw new LinkError('conflict', 'this source exists');
      const source = await createWhipSource(
        ask,
        worker,
        {
          onFrame: (sourceId, frame) => air.pushLive(sourceId, frame),
          onLost: (sourceId) => air.broadcastOf(sourceId) && submit({ type: 'source-lost', sourceId }),
          onFound: returnSource,
          onState: (state) => notify({ type: 'source', source: state }),
          onClosed: (sourceId) => {
            sources.delete(sourceId);
            notify({ type: 'source-closed', sourceId });
          },
        },
        logger,
      );
      sources.set(ask.sourceId, source);
      return source.answer;
    },
    'whip:restart': ({ sourceId }) => found(sources.get(sourceId), 'source').restart(),
    'whip:close'({ sourceId }) {
      found(sources.get(sourceId), 'source').close();
      return null;
    },
    'sources:list': () => ({ sources: [...sources.values()].map(({ state }) => state) }),
    async 'whep:open'(ask) {
      if (paths.size >= MAX_PATHS) throw new LinkError('too-many-requests', `more than ${MAX_PATHS} listeners`);
      const opened: ZoneId[] = [];
      const path = await openListeningPath(
        ask,
        worker,
        (of) => {
          if (of.kind === 'control') return controlBus.bus;
          if (of.kind === 'bus') return buses.open(of.zoneId);
          opened.push(of.zoneId);
          return outputs.open(of.zoneId);
        },
        (pathId) => {
          paths.delete(pathId);
          for (const zoneId of opened) outputs.release(zoneId);
          notify({ type: 'path-closed', pathId });
        },
      );
      paths.set(ask.pathId, path);
      if (opened.length > 0) decided().runner.reapply();
      return path.answer;
    },
    'whep:restart': ({ pathId }) => found(paths.get(pathId), 'path').restart(),
    'whep:close'({ pathId }) {
      found(paths.get(pathId), 'path').close();
      return null;
    },
    stats: () => ({
      run,
      version: decisions?.log.head.version ?? 0,
      buses: buses.size,
      busPackets: buses.sentPackets,
      sources: sources.size,
      paths: paths.size,
      programs: air.size,
      loopDelayMs: loopDelay.read(),
    }),
  };

  const link = await createLinkServer(config.linkPath, handlers, logger);
  notify = (notice) => link.notify(notice);

  const timers = [
    setInterval(() => air.pump(serverNow()), BEAT_MS),
    setInterval(() => {
      const now = serverNow();
      for (const source of sources.values()) source.watch(now);
    }, SOURCE_WATCH_MS),
    setInterval(() => submit({ type: 'tick' }), TIME_PASSES_MS),
    setInterval(
      () => controlBus.sendPilot(serverNow(), { run, logVersion: decisions?.log.head.version ?? 0 }),
      PILOT_INTERVAL_MS,
    ),
  ];
  logger.info({ run, workerPid: worker.pid, link: config.linkPath, mediaPort: config.mediaPort }, 'pump ready');

  return {
    workerPid: worker.pid,
    async close() {
      for (const timer of timers) clearInterval(timer);
      air.close();
      await link.close();
      for (const path of paths.values()) path.close();
      for (const source of sources.values()) source.close();
      buses.close();
      outputs.close();
      controlBus.close();
      worker.close();
      loopDelay.close();
    },
  };
}

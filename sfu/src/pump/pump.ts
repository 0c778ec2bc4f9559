import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Logger } from 'pino';
import { INITIAL_STATE } from '@loa/shared/broadcasts/evolve';
import type { SourceId } from '@loa/shared/ids';
import { PILOT_INTERVAL_MS } from '@loa/shared/protocol/limits';
import { maySendOverSecondPaths } from '@loa/shared/protocol/second-path';
import { toEventParts } from '../link/event-parts.ts';
import { createLinkServer, type LinkHandlers } from '../link/link-server.ts';
import { segmentFilePath } from '../link/segment-file.ts';
import type { Notice } from '../link/messages.ts';
import { createLoopDelayMonitor } from '../monitoring/loop-delay.ts';
import { threadCpuMs } from '../monitoring/process-use.ts';
import { createDecisions } from './broadcasts/decisions.ts';
import { createOnAir } from './broadcasts/on-air.ts';
import { type Presence, sourceCommands } from './broadcasts/source-commands.ts';
import { createBusMap } from './buses/bus-map.ts';
import { createServerClock } from './clock.ts';
import type { PumpConfig } from './config.ts';
import { createControlBus } from './control-bus/control-bus.ts';
import { createLogSource } from './log/open-log.ts';
import { ALONE, joinCluster } from './nodes/cluster.ts';
import { noPlaceAmong } from './nodes/peer-places.ts';
import { takeLastRun } from './nodes/last-run.ts';
import type { NodeRecord } from './nodes/node-record.ts';
import { createZoneOutputs } from './outputs/zone-outputs.ts';
import { createPathDesk } from './paths/path-desk.ts';
import { createSourceDesk } from './sources/source-desk.ts';
import { createMediaWorker } from './workers/media-worker.ts';
import { createCapacity, LOOK_EVERY_MS } from './workers/capacity.ts';
import { openCostFile } from './workers/cost-file.ts';
import { createWorkerPool } from './workers/worker-pool.ts';

/** Frames are due every 20 ms; a tenth of that spreads the broadcasts' writes and keeps each close to its time. */
const BEAT_MS = 2;
const SOURCE_WATCH_MS = 100;
const TIME_PASSES_MS = 200;
const CLOCK_LOOK_MS = 1_000;

export interface Pump {
  close(): Promise<void>;
}

/** Composition root of the pump: worker, buses, sources, decision core and the link to the doors. */
export async function createPump(
  config: PumpConfig,
  logger: Logger,
  onFatal: (error: Error) => void,
  /** Of this host, in ms since the Unix epoch. */
  wallNow: () => number = Date.now,
): Promise<Pump> {
  const run = randomUUID();
  const clock = createServerClock(logger, wallNow);
  const { now } = clock;
  const workers = await createWorkerPool({
    count: config.workers,
    log: logger,
    create: (slot, onDied) =>
      createMediaWorker({
        host: config.mediaHost,
        announcedAddress: config.mediaAnnouncedAddress,
        port: config.mediaPort === 0 ? 0 : config.mediaPort + slot,
        workerBin: config.workerBin,
        log: logger,
        onDied,
      }),
    onFatal,
  });
  const capacity = createCapacity({
    workers: () => workers.alive,
    count: config.workers,
    set: config.maxPaths,
    safeShare: config.safeShare,
    costFile: openCostFile(config.costPath, logger),
    log: logger,
    now: () => performance.now(),
    threadCpuMs,
  });
  const buses = createBusMap(
    () => cluster.tellAbout(),
    () => maySendOverSecondPaths(decisions.logAwaySince, now()),
  );
  const outputs = createZoneOutputs();
  const controlBus = createControlBus();
  const logSource = createLogSource(config.redis, run, logger);
  const loopDelay = createLoopDelayMonitor();
  let notify: (notice: Notice) => void = () => undefined;
  /** What the door said that the other nodes have to know. */
  let doorSide: Pick<NodeRecord, 'door' | 'draining'> = { door: null, draining: false };
  let insistent = false;

  const cluster = config.redis
    ? joinCluster({
        node: config.node,
        address: config.redis.address,
        run,
        predecessor: takeLastRun(`${config.linkPath}.run`, run, logger),
        workers,
        logger,
        about: () => ({
          audience: [
            ...new Set([...buses.zones, ...[...outputs.zones].flatMap((zone) => decisions.tree?.pathTo(zone) ?? [])]),
          ],
          emergencyAudience: [...buses.emergencyZones],
          ...doorSide,
          full: paths.isFull,
        }),
        isDraining: () => doorSide.draining,
        isInsistent: () => insistent,
        isLogReachable: () => decisions.logReachable,
        now,
        catchUp: () => decisions.catchUp(),
        hasSegment: (segmentId) => existsSync(segmentFilePath(config.segmentsDir, segmentId)),
        onFrame: (frame) => air.pushRemote(frame),
        onChanged: () => decisions.runner?.reapply(),
        onNameTaken: () =>
          onFatal(
            new Error(
              `another node that shares this Redis is called "${config.node.id}" as well: give each a SFU_NODE_ID of its own (empty: the name of the machine)`,
            ),
          ),
        onNoPlace: (others) => onFatal(noPlaceAmong(others)),
        onPeers: () => notify({ type: 'nodes', nodes: [...cluster.peers] }),
        onWord: () => hearOfEmergencies(),
      })
    : ALONE;
  const air = createOnAir({
    buses,
    outputs,
    segmentsDir: config.segmentsDir,
    cluster,
    now,
    submit: (...given) => decisions.submit(...given),
    gatherWrites: () => workers.gatherWrites(),
  });
  const whereIs = (id: SourceId): Presence => {
    if (sources.has(id)) return sources.isAway(id) ? 'away' : 'here';
    if (cluster.speaksFor(id)) return 'spoken-for';
    return cluster.isGone(id) ? 'away' : 'elsewhere';
  };
  const hearOfEmergencies = () => air.hearOf(cluster.emergencies, !decisions.logReachable);
  const tellSources = () => {
    // Before the first greeting, too, the other nodes are told that this one has no log.
    const state = decisions.runner?.state ?? INITIAL_STATE;
    const { sounding, others } = decisions.runner ?? { sounding: state, others: state };
    cluster.follow(sounding, others, sources.present);
    for (const command of sourceCommands(state, whereIs)) decisions.submit(command);
  };
  const sources = createSourceDesk(
    workers,
    {
      onFrame: (sourceId, frame) => air.pushLive(sourceId, frame),
      onAway: tellSources,
      onState: (source) => notify({ type: 'source', source }),
      onClosed(sourceId) {
        tellSources();
        notify({ type: 'source-closed', sourceId });
      },
    },
    now,
    logger,
  );
  const paths = createPathDesk({
    workers,
    limit: () => capacity.limit(),
    onTaken(firsts) {
      capacity.noteTaken(firsts);
      tellIfFull();
    },
    buses,
    outputs,
    controlBus: controlBus.bus,
    onOutputOpened() {
      decisions.runner?.reapply();
      cluster.tellAbout();
    },
    onClosed(pathId) {
      tellIfFull();
      notify({ type: 'path-closed', pathId });
    },
  });
  let wasFull = false;
  const tellIfFull = () => {
    if (paths.isFull === wasFull) return;
    wasFull = paths.isFull;
    cluster.tellAbout();
  };

  const decisions = createDecisions({
    run,
    node: config.node.id,
    logSource,
    air,
    logger,
    now,
    hasSource: (id) => sources.has(id),
    onEvents(events, { sounding, others }) {
      cluster.follow(sounding, others, sources.present);
      for (const part of toEventParts(events)) notify({ type: 'events', events: part });
    },
    onStanding: (standing) => notify({ type: 'standing', standing }),
    onReplaced: () => notify({ type: 'log-replaced' }),
  });
  const soundingHere = () =>
    [...(decisions.runner?.state.broadcasts.values() ?? [])].flatMap(({ id, phase, spec: { source } }) => {
      const here = source.kind === 'live' ? sources.has(source.sourceId) : cluster.plays(id);
      return phase === 'on-air' && here ? [id] : [];
    });
  const handlers: LinkHandlers = {
    ...decisions.handlers,
    'nodes:list': () => ({ nodes: [...cluster.peers] }),
    'node:sounding': () => ({ broadcasts: soundingHere() }),
    'door:about'({ insistent: isInsistent, ...about }) {
      doorSide = about;
      insistent = isInsistent;
      cluster.tellAbout();
      return null;
    },
    clock: () => ({ serverTimeMs: now() }),
    'whip:open': (ask) => sources.open(ask),
    'whip:restart': ({ sourceId }) => sources.restart(sourceId),
    'whip:close'({ sourceId }) {
      sources.close(sourceId);
      return null;
    },
    'sources:list': () => ({ sources: sources.states }),
    async 'whep:open'(ask) {
      return paths.open(ask);
    },
    'whep:restart': ({ pathId }) => paths.restart(pathId),
    'whep:close'({ pathId }) {
      paths.close(pathId);
      return null;
    },
    health: () => ({
      logReachable: decisions.logReachable,
      workers: workers.figures,
      places: { max: capacity.limit().max, taken: paths.firsts, full: paths.isFull },
    }),
    stats: () => ({
      run,
      node: config.node.id,
      version: decisions.version,
      logReachable: decisions.logReachable,
      buses: buses.size,
      busPackets: buses.sentPackets,
      outputStreams: outputs.streams,
      sources: sources.size,
      connectedSources: sources.states.filter(({ connected }) => connected).length,
      droppedPackets: sources.droppedPackets,
      paths: paths.size,
      secondPaths: paths.seconds,
      placesTaken: paths.firsts,
      full: paths.isFull,
      capacity: capacity.figures,
      programs: air.size,
      ...cluster.figures,
      workers: workers.figures,
      loopDelayMs: loopDelay.read(),
    }),
  };

  const link = await createLinkServer(config.linkPath, handlers, logger).catch((error: unknown) => {
    workers.close();
    loopDelay.close();
    void cluster.close();
    void logSource.close();
    throw error;
  });
  notify = (notice) => link.notify(notice);

  const timers = [
    setInterval(() => air.pump(now()), BEAT_MS),
    setInterval(() => {
      sources.watch(now());
      tellSources();
      hearOfEmergencies();
    }, SOURCE_WATCH_MS),
    setInterval(() => decisions.submit({ type: 'tick' }), TIME_PASSES_MS),
    setInterval(() => void capacity.look(paths.firsts).then(tellIfFull), LOOK_EVERY_MS),
    setInterval(() => {
      if (!clock.look(air.size === 0)) return;
      sources.clockSet();
      notify({ type: 'clock-set' });
    }, CLOCK_LOOK_MS),
    setInterval(
      () => controlBus.sendPilot(now(), { run, clock: clock.settings, logVersion: decisions.version }),
      PILOT_INTERVAL_MS,
    ),
  ];
  logger.info({ run, workerPids: workers.pids, link: config.linkPath, mediaPort: config.mediaPort }, 'pump ready');

  return {
    async close() {
      for (const timer of timers) clearInterval(timer);
      air.close();
      await cluster.close();
      await link.close();
      paths.closeAll();
      sources.closeAll();
      buses.close();
      outputs.close();
      controlBus.close();
      workers.close();
      loopDelay.close();
      await logSource.close();
    },
  };
}

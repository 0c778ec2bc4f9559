import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Logger } from 'pino';
import type { Command, StartSpec } from '@loa/shared/broadcasts/commands';
import type { BroadcastEvent } from '@loa/shared/broadcasts/events';
import type { Refusal } from '@loa/shared/broadcasts/refusal';
import type { BroadcastId, SourceId } from '@loa/shared/ids';
import { MAX_TAG } from '@loa/shared/protocol/csrc';
import { PILOT_INTERVAL_MS } from '@loa/shared/protocol/limits';
import type { Zone } from '@loa/shared/zones/zone';
import { buildZoneTree, type ZoneTree } from '@loa/shared/zones/zone-tree';
import { createLinkServer, type LinkHandlers } from '../link/link-server.ts';
import { segmentFilePath } from '../link/segment-file.ts';
import { type Asked, LinkError, type Notice } from '../link/messages.ts';
import { toPreviewAnswer, toRefusalAnswer } from './broadcasts/answers.ts';
import { createOnAir } from './broadcasts/on-air.ts';
import { createRunner, type Runner } from './broadcasts/runner.ts';
import { type Presence, sourceCommands } from './broadcasts/source-commands.ts';
import { createBusMap } from './buses/bus-map.ts';
import { createServerClock } from './clock.ts';
import type { PumpConfig } from './config.ts';
import { createControlBus } from './control-bus/control-bus.ts';
import type { EventLog, Fence, FirstOfLog } from './log/event-log.ts';
import { createLogSource } from './log/open-log.ts';
import { createLoopDelayMonitor } from './loop-delay.ts';
import { ALONE, joinCluster } from './nodes/cluster.ts';
import { createZoneOutputs } from './outputs/zone-outputs.ts';
import { createPathDesk } from './paths/path-desk.ts';
import { createSourceDesk } from './sources/source-desk.ts';
import { createMediaWorker } from './workers/media-worker.ts';
import { createWorkerPool } from './workers/worker-pool.ts';

/** Frames are due every 20 ms; a tenth of that spreads the broadcasts' writes and keeps each close to its time. */
const BEAT_MS = 2;
const SOURCE_WATCH_MS = 100;
const TIME_PASSES_MS = 200;
const CLOCK_LOOK_MS = 1_000;
/** As many of the largest events fit into a link frame; a door asks until there are no more. */
const EVENTS_PER_ANSWER = 50;
/** Tags left out when a pump begins: those of events that the pump before it could not hand to a database any more. */
const TAGS_LEFT_OUT = 1_000;

export interface Pump {
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
  const clock = createServerClock(logger);
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
  const buses = createBusMap(() => cluster.tellAudience());
  const outputs = createZoneOutputs();
  const controlBus = createControlBus();
  const logSource = createLogSource(config.redis, run, logger);
  const loopDelay = createLoopDelayMonitor();
  let decisions: { readonly log: EventLog; readonly runner: Runner } | null = null;
  let tree: ZoneTree | null = null;
  let treeVersion = '';
  let notify: (notice: Notice) => void = () => undefined;

  const submit = (command: Command, fence?: Fence) => void decisions?.runner.submit(command, fence);
  const cluster = config.redis
    ? joinCluster({
        node: config.node,
        address: config.redis.address,
        run,
        workers,
        logger,
        audience: () => [
          ...new Set([...buses.zones, ...[...outputs.zones].flatMap((zone) => tree?.pathTo(zone) ?? [])]),
        ],
        hasSegment: (segmentId) => existsSync(segmentFilePath(config.segmentsDir, segmentId)),
        onFrame: (frame) => air.pushRemote(frame),
        onChanged: () => decisions?.runner.reapply(),
      })
    : ALONE;
  const air = createOnAir({ buses, outputs, segmentsDir: config.segmentsDir, cluster, now, submit });
  const whereIs = (id: SourceId): Presence => {
    if (sources.has(id)) return sources.isAway(id) ? 'away' : 'here';
    return cluster.isGone(id) ? 'away' : 'elsewhere';
  };
  const tellSources = () => {
    if (!decisions) return;
    const { state } = decisions.runner;
    cluster.follow(state, sources.present);
    for (const command of sourceCommands(state, whereIs)) submit(command);
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
    buses,
    outputs,
    controlBus: controlBus.bus,
    onOutputOpened() {
      decisions?.runner.reapply();
      cluster.tellAudience();
    },
    onClosed: (pathId) => notify({ type: 'path-closed', pathId }),
  });

  const begin = (log: EventLog, first: ZoneTree, { nextTag, usedKeys }: FirstOfLog) => {
    const runner = createRunner({ log, tree: first, nextTag, usedKeys, air, logger, now });
    log.subscribe((events) => {
      cluster.follow(runner.state, sources.present);
      notify({ type: 'events', events: [...events] });
    });
    return { log, runner };
  };
  const decided = () => {
    if (!decisions) throw new LinkError('unavailable', 'no door has said hello yet');
    return decisions;
  };
  const setTree = async ({ zones, treeVersion: version, successions }: Asked<'tree:set'>) => {
    if (version === treeVersion) return;
    const next = toTree(zones);
    await decided().runner.setTree(next, successions);
    tree = next;
    treeVersion = version;
  };
  /** Sources are connected to this pump or they do not exist; the core knows nothing of connections. */
  const unknownSource = (source: StartSpec['source']): Refusal | null =>
    source.kind === 'live' && !sources.has(source.sourceId)
      ? { code: 'unknown-source', detail: source.sourceId }
      : null;
  const unknownIn = (command: Command): Refusal | null => {
    if (command.type === 'start' && !decided().runner.state.usedKeys.has(command.spec.key))
      return unknownSource(command.spec.source);
    return command.type === 'source-found' ? unknownSource({ kind: 'live', sourceId: command.sourceId }) : null;
  };

  const handlers: LinkHandlers = {
    async hello({ resume, unfinished, usedKeys, ...ask }) {
      if (decisions) {
        // While the log is away the old tree goes on; the door sees that by the answer and brings the new one again.
        await setTree(ask).catch((error: unknown) => logger.warn({ err: error }, 'greeted with the old tree'));
        return { run, version: decisions.log.head.version, treeVersion };
      }
      const firstTree = toTree(ask.zones);
      const nextTag = ((resume.nextTag + TAGS_LEFT_OUT - 1) % MAX_TAG) + 1;
      const first = {
        nextTag,
        usedKeys: new Map(usedKeys),
        events: unfinished.map(endRestarted),
        at: Math.floor(now()),
      };
      const opened = await logSource.open(resume, first);
      if (!opened.ok) throw new LinkError('unavailable', `the event log: ${opened.error.detail}`);
      if (decisions) throw new LinkError('unavailable', 'another door was first; say hello again');
      const log = opened.value;
      decisions = begin(log, firstTree, first);
      tree = firstTree;
      treeVersion = ask.treeVersion;
      if (log.opened) await log.catchUp();
      else await log.append(log.head.version, first.events, first.at);
      return { run, version: log.head.version, treeVersion };
    },
    async 'tree:set'(ask) {
      await setTree(ask);
      return null;
    },
    clock: () => ({ serverTimeMs: now() }),
    async 'events:since'({ version }) {
      return { events: await decided().log.readAfter(version, EVENTS_PER_ANSWER) };
    },
    'events:stored'({ version }) {
      decided().log.forgetUpTo(version);
      return null;
    },
    async command({ command }) {
      const unknown = unknownIn(command);
      if (unknown) return { accepted: false, refusal: toRefusalAnswer(unknown) };
      const result = await decided().runner.submit(command);
      return result.ok
        ? { accepted: true, version: result.value }
        : { accepted: false, refusal: toRefusalAnswer(result.error) };
    },
    // Who would hear it does not depend on the microphone, which may not be open yet.
    preview: ({ spec }) => toPreviewAnswer(decided().runner.preview(spec)),
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

  const link = await createLinkServer(config.linkPath, handlers, logger).catch((error: unknown) => {
    workers.close();
    loopDelay.close();
    void logSource.close();
    throw error;
  });
  notify = (notice) => link.notify(notice);

  const timers = [
    setInterval(() => air.pump(now()), BEAT_MS),
    setInterval(() => {
      sources.watch(now());
      tellSources();
    }, SOURCE_WATCH_MS),
    setInterval(() => submit({ type: 'tick' }), TIME_PASSES_MS),
    setInterval(() => clock.look(air.size === 0), CLOCK_LOOK_MS),
    setInterval(
      () => controlBus.sendPilot(now(), { run, logVersion: decisions?.log.head.version ?? 0 }),
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

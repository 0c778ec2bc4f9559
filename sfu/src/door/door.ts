import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { createPrismaClient } from '@loa/prisma/client';
import { createBroadcastService } from './broadcasts/broadcast-service.ts';
import { createRefusalRecorder } from './broadcasts/refusal-recorder.ts';
import type { DoorConfig } from './config.ts';
import { namesOf, requireMonitor } from './http/access.ts';
import { createHttpApp } from './http/app.ts';
import { doorRoutes } from './http/door-routes.ts';
import { createMediaRouters } from './http/media-routers.ts';
import { createBoundedServer, listen } from './http/listen.ts';
import { createFirstReads, openLastKnown } from './last-known/last-known.ts';
import { createDelayKeeper } from './live/delay-keeper.ts';
import { createSockets } from './live/create-sockets.ts';
import { createLivePicture } from './live/live-picture.ts';
import { startRebalancer } from './live/rebalancer.ts';
import { createReceiverHub } from './live/receiver-hub.ts';
import { serveStudio } from './live/studio-namespace.ts';
import { createNodeView } from './peers/node-view.ts';
import { createPeerNews } from './peers/peer-news.ts';
import { createPeers } from './peers/peers.ts';
import { createMonitoring } from './monitoring/monitoring.ts';
import { createPumpSession } from './pump-session.ts';
import { watchPump } from './pump-watch.ts';
import { openRepositories } from './repositories/open-repositories.ts';
import { openSegmentLibrary } from './uploads/segment-library.ts';
import { createSegmentMirror } from './uploads/segment-mirror.ts';
import { createZoneBook } from './zones/zone-book.ts';
import { createZoneWatch } from './zones/zone-watch.ts';

const REFUSALS_CLOSE_WAIT_MS = 3_000;

export interface Door {
  readonly port: number;
  close(): Promise<void>;
}

/** Composition root of the door: everything that faces the world. */
export async function createDoor(config: DoorConfig, log: Logger): Promise<Door> {
  const prisma = createPrismaClient(config.databaseUrl);
  const stored = openRepositories(prisma);
  const lastKnown = openLastKnown(config.dataDir, log);
  const first = createFirstReads(log);
  const known = await first.readOr(() => stored.zones.read(), lastKnown.zones);
  const book = createZoneBook(known.value, Date.now());
  const { accessToken, segmentsDir, uploadsDir, studioOrigins, iceServers } = config;
  let port = config.port;
  const publicUrl = () =>
    config.publicUrl ?? `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
  const hosts = () => namesOf(config.host, [publicUrl(), config.nodeUrl ?? publicUrl()]);

  const enrolled = await first.readOr(() => stored.receivers.readAll(), lastKnown.receivers);
  const ordered = await first.readOr(() => stored.delays.readAll(), lastKnown.delays);
  const library = await openSegmentLibrary({
    segmentsDir,
    uploadsDir,
    repository: stored.segments,
    kept: lastKnown.segments,
    first,
    log,
    onChange(view, here) {
      picture.showSegment(view);
      keepSegments();
      if (here) news.segment(view);
    },
    onRemoved(id, here) {
      picture.removeSegment(id);
      keepSegments();
      if (here) news.segmentRemoved(id);
    },
  });
  const keepZones = () =>
    lastKnown.zones.keep(() => ({ versions: [...book.records.versions], successions: [...book.records.successions] }));
  const keepSegments = () =>
    lastKnown.segments.keep(() => library.list().filter(({ status }) => status !== 'processing'));
  const server = createBoundedServer();
  const sockets = createSockets(server, config.studioOrigins, hosts);
  const news = createPeerNews(sockets.of('/doors'));
  const mirror = createSegmentMirror({ segmentsDir, library, accessToken, log });
  const nodeView = createNodeView({
    ownUrl: publicUrl,
    isSilent: () => pumpWatch.away,
    onDoors() {
      picture.setNode(nodeView.notice());
      hub.tellDoors();
      // ND5, ND6: those that had nowhere to go when they were sent away. ND7: with nobody left to take them, they need not go on trying.
      if (nodeView.refusal()) hub.sendAway();
      else hub.callBack();
    },
  });
  let listening = false;
  // From here on nothing is waited for: the picture and the session need each other.
  const serverNow = () => session.serverNow();
  const picture = createLivePicture(book.current, serverNow);
  const session = createPumpSession({
    linkPath: config.linkPath,
    book,
    picture,
    repository: stored.log,
    events: stored.events,
    keptEnd: lastKnown.end,
    keptEvents: lastKnown.events,
    log,
    about: () =>
      listening
        ? {
            door: { publicUrl: publicUrl(), nodeUrl: config.nodeUrl ?? publicUrl() },
            draining: nodeView.draining,
            insistent: nodeView.insistent,
          }
        : null,
    onNodes(nodes) {
      peers.follow(nodes);
      nodeView.follow(nodes);
    },
    onPathClosed: (pathId) => whep.forget(pathId),
    onSource: (source) => news.source(source),
    onSourceClosed(sourceId) {
      whip.forget(sourceId);
      news.sourceRemoved(sourceId);
    },
    onPumpReplaced() {
      whip.forgetAll();
      whep.forgetAll();
    },
  });
  const pumpWatch = watchPump(session.link, (away) => {
    picture.setNode(nodeView.notice());
    if (!away) {
      log.info('the pump answers again');
      return hub.callBack();
    }
    log.error({ doors: nodeView.otherDoors() }, 'the pump does not answer: receivers go to other nodes');
    hub.rescue();
  });
  const peers = createPeers({ accessToken, log, serverNow, picture, mirror, delays: () => delays, hub: () => hub });
  const refusals = createRefusalRecorder({ repository: stored.log, kept: lastKnown.refusals, now: serverNow, log });
  const broadcasts = createBroadcastService({
    session,
    picture,
    book,
    library,
    refusals,
    endedBroadcasts: stored.broadcasts,
  });

  const { whip, whep, authorize } = createMediaRouters({
    session,
    picture,
    book,
    iceServers,
    accessToken,
    nodeView,
    peers,
    pumpWatch,
    hub: () => hub,
  });

  const clockAnswer = () => session.clockAnswer();
  const delays = createDelayKeeper({
    picture,
    everywhereMs: config.playoutDelayMs,
    store: stored.delays,
    now: serverNow,
    onOrder(order, isOwn) {
      if (isOwn) news.delay(order);
      lastKnown.delays.keep(() => delays.orders);
      hub.tellDelay(order);
    },
    // A look that was under way may have been at what was stored before.
    lookAtTree: () => void watch.check().then(() => watch.check()),
    log,
  });
  const hub = createReceiverHub(sockets.of('/receivers'), {
    picture,
    book,
    receivers: stored.receivers,
    playouts: stored.playouts,
    peers,
    news,
    nodes: nodeView,
    accessToken,
    delays,
    publicUrl,
    onRows: () => lastKnown.receivers.keep(() => hub.rows()),
    serverNow,
    clockAnswer,
    log,
  });
  hub.enrol(enrolled.value);
  delays.restore(ordered.value);
  keepSegments();
  keepZones();
  news.serve({
    accessToken,
    log,
    hub,
    whole: () => ({
      receivers: hub.here,
      sources: [...picture.ownSources],
      segments: library.list(),
      delays: delays.orders,
    }),
    clockAnswer,
  });
  serveStudio(sockets.of('/studio'), {
    picture,
    broadcasts,
    hub,
    accessToken,
    studioOrigins,
    firstGreeting: session.firstGreeting,
    clockAnswer,
    log,
  });

  const watch = createZoneWatch({
    book,
    zones: stored.zones,
    everyMs: config.zoneCheckMs,
    now: serverNow,
    onTree() {
      picture.setTree(book.current);
      keepZones();
      session.bringTree();
      hub.followTree();
      delays.followTree();
    },
    onReceivers: () => hub.followRows(),
    onCheck() {
      session.bringTree();
      hub.forgetGone();
    },
    log,
  });

  const monitoring = createMonitoring({
    registry: new Registry(),
    link: session.link,
    picture,
    hub,
    askDatabase: () => prisma.$queryRaw`select 1`,
    unstoredEvents: () => session.unstoredEvents,
    unstoredRefusals: () => refusals.waiting,
    nodes: nodeView,
    peers,
  });
  const app = createHttpApp({
    trustedProxies: config.trustedProxies,
    routes: doorRoutes({
      session,
      book,
      picture,
      hub,
      playouts: stored.playouts,
      repository: stored.log,
      broadcasts,
      endedBroadcasts: stored.broadcasts,
      library,
      folders: { segmentsDir, uploadsDir },
      delays: () => ({ everywhereMs: config.playoutDelayMs, delays: delays.holding }),
      setDelay: stored.delays.set,
      checkZones: () => watch.check(),
      view: nodeView,
      peers,
      tellAbout: () => session.tellAbout(),
      closeSecondPaths: () => whep.closeSecondPaths(),
    }),
    whip: whip.router,
    whep: whep.router,
    studioOrigins,
    accessToken,
    log,
    authorize,
    hosts,
    monitoring,
    authorizeMonitor: (request) => requireMonitor(request, accessToken, config.metricsToken),
  });
  server.on('request', app);
  port = await listen(server, config.host, config.port);
  listening = true;
  session.tellAbout();
  if (config.openToNetwork) {
    log.warn(
      'THERE ARE NO ACCOUNTS YET and this door is open to the network (SFU_ALLOW_REMOTE=yes): whoever reaches it can speak',
    );
  }
  const rebalancer = startRebalancer({ nodes: nodeView, peers, hub, picture, log });
  log.info({ url: publicUrl() }, 'door ready');

  return {
    port,
    // No new work, then peers, then what works for them, at last where it is kept.
    async close() {
      rebalancer.close();
      pumpWatch.close();
      watch.close();
      peers.close();
      news.close();
      monitoring.close();
      picture.close();
      delays.close();
      const closed = new Promise<void>((resolve) => void sockets.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      await hub.close();
      await mirror.close();
      await library.close();
      await Promise.all([session.close(), refusals.close(REFUSALS_CLOSE_WAIT_MS)]);
      await lastKnown.close();
      await prisma.$disconnect();
    },
  };
}

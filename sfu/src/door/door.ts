import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Request } from 'express';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { createPrismaClient } from '@loa/prisma/client';
import { createBroadcastService } from './broadcasts/broadcast-service.ts';
import { createRefusalRecorder } from './broadcasts/refusal-recorder.ts';
import type { DoorConfig } from './config.ts';
import { requireMonitor, requireToken } from './http/access.ts';
import { createHttpApp, createPublicLimit } from './http/app.ts';
import { broadcastRoutes } from './http/broadcast-routes.ts';
import { networkRoutes } from './http/network-routes.ts';
import { nodeRoutes } from './http/node-routes.ts';
import { segmentRoutes } from './http/segment-routes.ts';
import { createFirstReads, openLastKnown } from './last-known/last-known.ts';
import { createSockets } from './live/create-sockets.ts';
import { createLivePicture } from './live/live-picture.ts';
import { createReceiverHub } from './live/receiver-hub.ts';
import { serveStudio } from './live/studio-namespace.ts';
import { createNodeView } from './peers/node-view.ts';
import { createPeerNews } from './peers/peer-news.ts';
import { createPeers } from './peers/peers.ts';
import { createMonitoring } from './monitoring/monitoring.ts';
import { createPumpSession } from './pump-session.ts';
import { watchPump } from './pump-watch.ts';
import { createBroadcastRepository } from './repositories/broadcast-repository.ts';
import { createEventRepository } from './repositories/event-repository.ts';
import { createLogRepository } from './repositories/log-repository.ts';
import { createPlayoutRepository } from './repositories/playout-repository.ts';
import { createReceiverRepository } from './repositories/receiver-repository.ts';
import { createSegmentRepository } from './repositories/segment-repository.ts';
import { createZoneRepository } from './repositories/zone-repository.ts';
import { openSegmentLibrary } from './uploads/segment-library.ts';
import { createSegmentMirror } from './uploads/segment-mirror.ts';
import { createWhepRouter } from './whep/whep-router.ts';
import { createWhipRouter } from './whip/whip-router.ts';
import { createZoneBook } from './zones/zone-book.ts';
import { createZoneWatch } from './zones/zone-watch.ts';

/** Connections of all kinds; each receiver and each page holds one or two. */
const MAX_CONNECTIONS = 20_000;
const REFUSALS_CLOSE_WAIT_MS = 3_000;

export interface Door {
  readonly port: number;
  close(): Promise<void>;
}

async function listen(server: HttpServer, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** Composition root of the door: everything that faces the world. */
export async function createDoor(config: DoorConfig, log: Logger): Promise<Door> {
  const prisma = createPrismaClient(config.databaseUrl);
  const zones = createZoneRepository(prisma);
  const lastKnown = openLastKnown(config.dataDir, log);
  const first = createFirstReads(log);
  const known = await first.readOr(() => zones.read(), lastKnown.zones);
  const book = createZoneBook(known.value, Date.now());
  const repository = createLogRepository(prisma);
  const playouts = createPlayoutRepository(prisma);
  const receivers = createReceiverRepository(prisma);
  const endedBroadcasts = createBroadcastRepository(prisma);
  const { accessToken, segmentsDir, uploadsDir, studioOrigins, iceServers } = config;
  let port = config.port;
  const publicUrl = () =>
    config.publicUrl ?? `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
  const hosts = () => [
    'localhost',
    '127.0.0.1',
    '::1',
    config.host,
    ...[publicUrl(), config.nodeUrl ?? publicUrl()].map((url) => new URL(url).hostname.replace(/^\[|\]$/g, '')),
  ];

  const enrolled = await first.readOr(() => receivers.readAll(), lastKnown.receivers);
  const library = await openSegmentLibrary({
    segmentsDir,
    uploadsDir,
    repository: createSegmentRepository(prisma),
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
  const server = createServer();
  const sockets = createSockets(server, config, hosts);
  const news = createPeerNews(sockets.of('/doors'));
  const mirror = createSegmentMirror({ segmentsDir, library, accessToken, log });
  const nodeView = createNodeView({
    ownUrl: publicUrl,
    isSilent: () => pumpWatch.away,
    onDoors() {
      hub.tellDoors();
      // ND5, ND6: those that had nowhere to go when they were sent away. ND7: with nobody left to take them, they need not go on trying.
      if (nodeView.refusal()) hub.sendAway();
      else hub.callBack();
    },
  });
  let listening = false;
  // From here on nothing is waited for: the picture and the session need each other.
  const picture = createLivePicture(book.current, () => session.serverNow());
  const session = createPumpSession({
    linkPath: config.linkPath,
    book,
    picture,
    repository,
    events: createEventRepository(prisma),
    keptEnd: lastKnown.end,
    keptEvents: lastKnown.events,
    log,
    about: () =>
      listening
        ? { door: { publicUrl: publicUrl(), nodeUrl: config.nodeUrl ?? publicUrl() }, draining: nodeView.draining }
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
    if (!away) {
      log.info('the pump answers again');
      return hub.callBack();
    }
    log.error({ doors: nodeView.otherDoors() }, 'the pump does not answer: receivers go to other nodes');
    hub.rescue();
  });
  const peers = createPeers({
    accessToken,
    log,
    serverNow: () => session.serverNow(),
    picture,
    mirror,
    hub: () => hub,
  });
  const refusals = createRefusalRecorder({ repository, kept: lastKnown.refusals, now: () => session.serverNow(), log });
  const broadcasts = createBroadcastService({ session, picture, book, library, refusals, endedBroadcasts });

  const authorize = (request: Request) => requireToken(request, accessToken);
  const whip = createWhipRouter(session.link, authorize, iceServers);
  const whep = createWhepRouter({
    link: session.link,
    picture,
    book,
    iceServers,
    publicLimit: createPublicLimit(),
    authorize,
    onReceiverPathClosed: (receiverId, pathId) => hub.tellPathClosed(receiverId, pathId),
  });

  const serverNow = () => session.serverNow();
  const clockAnswer = () => session.clockAnswer();
  const hub = createReceiverHub(sockets.of('/receivers'), {
    picture,
    book,
    receivers,
    playouts,
    peers,
    news,
    nodes: nodeView,
    accessToken,
    playoutDelayMs: config.playoutDelayMs,
    publicUrl,
    onRows: () => lastKnown.receivers.keep(() => hub.rows()),
    serverNow,
    clockAnswer,
    log,
  });
  hub.enrol(enrolled.value);
  keepSegments();
  keepZones();
  news.serve({
    accessToken,
    log,
    hub,
    whole: () => ({ receivers: hub.here, sources: [...picture.ownSources], segments: library.list() }),
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
    routes: [
      ...broadcastRoutes(session, picture, broadcasts, endedBroadcasts),
      ...segmentRoutes(session, library, picture, { segmentsDir, uploadsDir }),
      ...networkRoutes({ session, book, picture, hub, playouts, repository }),
      ...nodeRoutes({ view: nodeView, peers, hub, tellAbout: () => session.tellAbout() }),
    ],
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
  // No upload takes an hour, and no header takes a minute.
  server.requestTimeout = 3_600_000;
  server.headersTimeout = 20_000;
  server.maxConnections = MAX_CONNECTIONS;
  port = await listen(server, config.host, config.port);
  listening = true;
  session.tellAbout();
  if (config.openToNetwork) {
    log.warn(
      'THERE ARE NO ACCOUNTS YET and this door is open to the network (SFU_ALLOW_REMOTE=yes): whoever reaches it can speak',
    );
  }
  const watch = createZoneWatch({
    book,
    zones,
    everyMs: config.zoneCheckMs,
    now: serverNow,
    onTree() {
      picture.setTree(book.current);
      keepZones();
      session.bringTree();
      hub.followTree();
    },
    onReceivers: () => hub.followRows(),
    onCheck() {
      session.bringTree();
      hub.forgetGone();
    },
    log,
  });
  log.info({ url: publicUrl() }, 'door ready');

  return {
    port,
    // No new work, then peers, then what works for them, at last where it is kept.
    async close() {
      pumpWatch.close();
      watch.close();
      peers.close();
      news.close();
      monitoring.close();
      picture.close();
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

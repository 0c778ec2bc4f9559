import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import cors from 'cors';
import express, { type Request, Router } from 'express';
import { rateLimit } from 'express-rate-limit';
import helmet from 'helmet';
import type { Logger } from 'pino';
import { Server as SocketServer } from 'socket.io';
import { createPrismaClient } from '@loa/prisma/client';
import { MAX_FRAME_BYTES } from '@loa/shared/protocol/limits';
import { createBroadcastService } from './broadcasts/broadcast-service.ts';
import type { DoorConfig } from './config.ts';
import { createHostGuard, createOriginGuard, requireToken } from './http/access.ts';
import { broadcastRoutes } from './http/broadcast-routes.ts';
import { createErrorHandler, notFound } from './http/error-handler.ts';
import { networkRoutes } from './http/network-routes.ts';
import { describeApi } from './http/openapi.ts';
import { serveRoutes } from './http/route.ts';
import { segmentRoutes } from './http/segment-routes.ts';
import { createLivePicture } from './live/live-picture.ts';
import { createReceiverHub } from './live/receiver-hub.ts';
import { serveStudio } from './live/studio-namespace.ts';
import { createPumpSession } from './pump-session.ts';
import { createBroadcastRepository } from './repositories/broadcast-repository.ts';
import { createLogRepository } from './repositories/log-repository.ts';
import { createPlayoutRepository } from './repositories/playout-repository.ts';
import { createReceiverRepository } from './repositories/receiver-repository.ts';
import { createSegmentRepository } from './repositories/segment-repository.ts';
import { readZoneTree } from './repositories/zone-repository.ts';
import { openSegmentLibrary } from './uploads/segment-library.ts';
import { createWhepRouter } from './whep/whep-router.ts';
import { createWhipRouter } from './whip/whip-router.ts';

/** New listeners of the public page from one address in a minute. */
const PUBLIC_JOINS_PER_MINUTE = 120;
const JSON_BODY_LIMIT = '256kb';

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
  const stored = await readZoneTree(prisma, Date.now());
  const repository = createLogRepository(prisma);
  const playouts = createPlayoutRepository(prisma);
  const receivers = createReceiverRepository(prisma);
  let port = config.port;
  const publicUrl = () => config.publicUrl ?? `http://${config.host}:${port}`;

  const picture = createLivePicture(stored.tree, () => session.serverNow());
  for (const view of await receivers.readAll()) picture.setReceiver(view);
  const session = createPumpSession({
    linkPath: config.linkPath,
    stored,
    picture,
    repository,
    log,
    onPathClosed: (pathId) => whep.forget(pathId),
    onSourceClosed: (sourceId) => whip.forget(sourceId),
  });
  const library = await openSegmentLibrary({
    segmentsDir: config.segmentsDir,
    repository: createSegmentRepository(prisma),
    log,
    onChange: (view) => picture.showSegment(view),
  });
  const broadcasts = createBroadcastService({ session, picture, library, repository, log });
  const endedBroadcasts = createBroadcastRepository(prisma);

  const authorize = (request: Request) => requireToken(request, config.accessToken);
  const whip = createWhipRouter(session.link, authorize, config.iceServers);
  const publicLimit = rateLimit({
    windowMs: 60_000,
    limit: PUBLIC_JOINS_PER_MINUTE,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
  });
  const whep = createWhepRouter({ link: session.link, picture, iceServers: config.iceServers, publicLimit, authorize });

  const app = express();
  const server = createServer(app);
  const sockets = new SocketServer(server, {
    cors: { origin: [...config.studioOrigins], credentials: false },
    maxHttpBufferSize: MAX_FRAME_BYTES,
    // A dead peer is known after 5 s, not after the default 45 s.
    pingInterval: 2_000,
    pingTimeout: 3_000,
    perMessageDeflate: false,
    serveClient: false,
  });
  const hub = createReceiverHub(sockets.of('/receivers'), {
    picture,
    receivers,
    playouts,
    accessToken: config.accessToken,
    playoutDelayMs: config.playoutDelayMs,
    publicUrl,
    serverNow: () => session.serverNow(),
    log,
  });
  serveStudio(sockets.of('/studio'), {
    picture,
    broadcasts,
    hub,
    accessToken: config.accessToken,
    studioOrigins: config.studioOrigins,
    serverNow: () => session.serverNow(),
    log,
  });

  const routes = [
    ...broadcastRoutes(picture, broadcasts, (limit) => endedBroadcasts.readEnded(limit)),
    ...segmentRoutes(library, picture, config.uploadsDir),
    ...networkRoutes({ stored, picture, hub, playouts, repository }),
  ];
  const api = Router();
  const document = describeApi(routes, '1');
  api.get('/openapi.json', (_request, response) => void response.json(document));
  // Until accounts exist a page of an allowed origin may act for whoever sits at this machine.
  api.get('/session', (request, response) => {
    const origin = request.get('origin');
    const page = origin !== undefined && config.studioOrigins.includes(origin);
    if (!page) authorize(request);
    response.set('Cache-Control', 'no-store').json({ studio: true, token: config.accessToken });
  });
  api.use(express.json({ limit: JSON_BODY_LIMIT }));
  serveRoutes(api, routes, authorize);

  app.disable('x-powered-by');
  app.use(helmet({ contentSecurityPolicy: false, crossOriginResourcePolicy: { policy: 'cross-origin' } }));
  app.get('/healthz', (_request, response) => void response.json({ ok: true }));
  app.get('/readyz', async (_request, response) => {
    const database = await prisma.$queryRaw`select 1`.then(() => true).catch(() => false);
    const pump = session.link.connected;
    const ready = database && pump;
    response.status(ready ? 200 : 503).json({ ready, database, pump, unstoredEvents: session.unstoredEvents });
  });
  const hosts = () => ['localhost', '127.0.0.1', '::1', config.host, new URL(publicUrl()).hostname];
  app.use(createHostGuard(hosts));
  // Reading the public parts and listening are for everybody's pages; the rest is guarded below.
  app.use('/whep/zones', cors({ exposedHeaders: ['Location', 'ETag', 'Link'] }));
  app.use(cors({ origin: [...config.studioOrigins], exposedHeaders: ['Location', 'ETag', 'Link'] }));
  app.use(createOriginGuard(config.studioOrigins));
  app.use('/whip', whip.router);
  app.use('/whep', whep.router);
  app.use('/api/v1', api);
  app.use(notFound);
  app.use(createErrorHandler(log));

  // No upload takes an hour, and no header takes a minute.
  server.requestTimeout = 3_600_000;
  server.headersTimeout = 20_000;
  port = await listen(server, config.host, config.port);
  if (config.openToNetwork) {
    log.warn(
      'THERE ARE NO ACCOUNTS YET and this door is open to the network (SFU_ALLOW_REMOTE=yes): whoever reaches it can speak',
    );
  }
  log.info({ url: publicUrl() }, 'door ready');

  return {
    port,
    async close() {
      picture.close();
      await new Promise<void>((resolve) => void sockets.close(() => resolve()));
      server.closeAllConnections();
      await library.idle();
      await session.close();
      await prisma.$disconnect();
    },
  };
}

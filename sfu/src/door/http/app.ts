import cors from 'cors';
import express, { type Express, type Request, Router } from 'express';
import { type RateLimitRequestHandler, rateLimit } from 'express-rate-limit';
import helmet from 'helmet';
import type { Logger } from 'pino';
import { MAX_FRAME_BYTES } from '@loa/shared/protocol/limits';
import type { Monitoring } from '../monitoring/monitoring.ts';
import { ProblemError } from '../problem-error.ts';
import { createHostGuard, createOriginGuard, PUBLIC_LISTENING } from './access.ts';
import { createErrorHandler, notFound } from './error-handler.ts';
import { describeApi } from './openapi.ts';
import { type Route, serveRoutes } from './route.ts';

/** New listeners of the public page from one address in a minute. */
const PUBLIC_JOINS_PER_MINUTE = 120;
/** What a page may read of an answer. */
const EXPOSED_HEADERS = ['Location', 'ETag', 'Link'];

export interface HttpAppOptions {
  readonly routes: readonly Route[];
  readonly whip: Router;
  readonly whep: Router;
  readonly studioOrigins: readonly string[];
  readonly accessToken: string;
  /** Addresses and networks whose word about who asks counts; empty: whoever connects is who asks. */
  readonly trustedProxies: readonly string[];
  readonly log: Logger;
  authorize(request: Request): void;
  /** Names of this server. */
  hosts(): readonly string[];
  readonly monitoring: Pick<Monitoring, 'readiness' | 'metrics'>;
  /** Throws unless the request may read figures of this node. */
  authorizeMonitor(request: Request): void;
}

/** Bounds how often one address may open a public stream. */
export function createPublicLimit(): RateLimitRequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit: PUBLIC_JOINS_PER_MINUTE,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    handler: (_request, _response, next) =>
      next(
        new ProblemError(
          'too-many-requests',
          `more than ${PUBLIC_JOINS_PER_MINUTE} listeners joined from one address in a minute: try again in a minute; ` +
            'if that is the address of your proxy, set SFU_TRUST_PROXY',
        ),
      ),
  });
}

function createApi({ routes, studioOrigins, accessToken, authorize }: HttpAppOptions): Router {
  const api = Router();
  const document = describeApi(routes, '1');
  api.get('/openapi.json', (_request, response) => void response.json(document));
  // Until accounts exist a page of an allowed origin may act for whoever sits at this machine.
  api.get('/session', (request, response) => {
    const origin = request.get('origin');
    if (origin === undefined || !studioOrigins.includes(origin)) authorize(request);
    response.set('Cache-Control', 'no-store').json({ studio: true, token: accessToken });
  });
  api.use(express.json({ limit: MAX_FRAME_BYTES }));
  serveRoutes(api, routes, authorize);
  return api;
}

/** All that this door answers over HTTP, with its guards in their order. */
export function createHttpApp(options: HttpAppOptions): Express {
  const { studioOrigins, trustedProxies, log } = options;
  const app = express();
  app.disable('x-powered-by');
  // Behind a proxy all would have its address, and share one limit.
  app.set('trust proxy', [...trustedProxies]);
  app.use(helmet({ contentSecurityPolicy: false, crossOriginResourcePolicy: { policy: 'cross-origin' } }));
  // Before the guards: a supervisor asks by whatever name it knows, and learns nothing that matters.
  app.get('/healthz', (_request, response) => void response.json({ ok: true }));
  app.get('/readyz', async (_request, response) => {
    const readiness = await options.monitoring.readiness();
    response
      .status(readiness.ready ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json(readiness);
  });
  // A foreign page whose name was made to point here has no token.
  app.get('/metrics', async (request, response) => {
    options.authorizeMonitor(request);
    const { type, page } = await options.monitoring.metrics();
    response.set('Cache-Control', 'no-store').type(type).send(page);
  });
  app.use(createHostGuard(options.hosts));
  // RFC 9725, section 4.2: what a client may post is said where it asks first.
  app.options(['/whip', '/whep/*door'], (_request, response, next) => {
    response.set('Accept-Post', 'application/sdp');
    next();
  });
  // Listening is for everybody's pages; the rest is for those of the studio.
  app.use([...PUBLIC_LISTENING], cors({ exposedHeaders: EXPOSED_HEADERS }));
  app.use(cors({ origin: [...studioOrigins], exposedHeaders: EXPOSED_HEADERS }));
  app.use(createOriginGuard(studioOrigins));
  app.use('/whip', options.whip);
  app.use('/whep', options.whep);
  app.use('/api/v1', createApi(options));
  app.use(notFound);
  app.use(createErrorHandler(log));
  return app;
}

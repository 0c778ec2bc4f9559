import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { Router } from 'express';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createErrorHandler } from './error-handler.ts';
import { onlyAllow, sessionRoutes } from './media-session.ts';

let server: Server;
let url: string;

beforeAll(async () => {
  const router = Router();
  router.all('/', onlyAllow('POST'));
  const nothing = () => Promise.reject(new Error('not asked'));
  sessionRoutes(router, '/:sessionId', { restart: nothing, close: nothing });
  const app = express()
    .use('/whip', router)
    .use(createErrorHandler(pino({ level: 'silent' })));
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/whip`;
});
afterAll(() => void server.close());

it.each([
  ['', 'POST'],
  ['/a-session', 'PATCH, DELETE'],
])('whip%s says which methods it takes, as an error like any other', async (path, methods) => {
  const response = await fetch(`${url}${path}`);
  expect([response.status, response.headers.get('allow'), await response.json()]).toEqual([
    405,
    methods,
    { error: { code: 'bad-request', message: `use ${methods}`, field: 'method', requestId: expect.any(String) } },
  ]);
});

import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Router } from 'express';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { problemSchema } from '@loa/shared/protocol/errors';
import { LinkError } from '../../link/messages.ts';
import { toReadiness } from '../monitoring/readiness.ts';
import { ProblemError } from '../problem-error.ts';
import { requireMonitor, requireToken } from './access.ts';
import { createHttpApp, createPublicLimit } from './app.ts';
import { type Route, route } from './route.ts';

const TOKEN = 'a-token-for-this-test-0123456789';
const METRICS_TOKEN = 'a-token-that-only-reads-0123456789';
const STUDIO = 'http://studio.test';

const ROUTES: Route[] = [
  route({
    method: 'post',
    path: '/echo/:name',
    summary: 'Says it again',
    access: 'token',
    params: z.object({ name: z.string().max(5) }),
    query: z.object({ times: z.coerce.number().int().max(3).default(1) }),
    body: z.object({ text: z.string() }),
    status: 201,
    answer: z.object({ said: z.string() }),
    handle: ({ params, query, body }) => ({ said: `${params.name} ${body.text.repeat(query.times)}` }),
  }),
  route({
    method: 'get',
    path: '/broken/:how',
    summary: 'Goes wrong',
    access: 'public',
    params: z.object({ how: z.string() }),
    status: 200,
    handle({ params }) {
      if (params.how === 'tool') throw new ProblemError('unavailable', 'later', { cause: new Error('secret inside') });
      if (params.how === 'bug') throw new TypeError('secret inside');
      if (params.how === 'later') return Promise.reject(new Error('secret inside'));
      throw new LinkError(params.how, 'the pump says so');
    },
  }),
];

const logged: string[] = [];
const servers: Server[] = [];
let url: string;

async function serve(trustedProxies: readonly string[]): Promise<string> {
  const whep = Router();
  whep.post('/zones/:zone', createPublicLimit(), (_request, response) => void response.status(201).end());
  const app = createHttpApp({
    routes: ROUTES,
    whip: Router().post('/', (_request, response) => void response.status(201).end()),
    whep,
    studioOrigins: [STUDIO],
    accessToken: TOKEN,
    trustedProxies,
    log: pino({}, { write: (line) => void logged.push(line) }),
    authorize: (request) => requireToken(request, TOKEN),
    hosts: () => ['localhost', '127.0.0.1', 'loa.example'],
    monitoring: {
      readiness: () =>
        Promise.resolve(
          toReadiness({
            pump: 'away',
            databaseAnswers: true,
            unstoredEvents: 0,
            draining: false,
            otherDoors: 0,
            clocks: [],
          }),
        ),
      metrics: () => Promise.resolve({ type: 'text/plain; version=0.0.4; charset=utf-8', page: 'loa_pump_up 0\n' }),
    },
    authorizeMonitor: (request) => requireMonitor(request, TOKEN, METRICS_TOKEN),
  });
  const server = createServer(app);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => void (url = await serve([])));
afterAll(() => {
  for (const server of servers) server.close();
});

async function problemOf(response: Response) {
  const { error } = (await response.json()) as { error: unknown };
  return { status: response.status, ...problemSchema.parse(error) };
}

function echo(body: unknown, headers: Record<string, string> = {}, path = '/api/v1/echo/loa') {
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** `fetch` does not let a test write its own Host. */
function statusForHost(host: string, path = '/api/v1/openapi.json'): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    httpRequest(`${url}${path}`, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

describe('a route', () => {
  it('gets what its schemas make of the request', async () => {
    const response = await echo({ text: 'a', more: 1 }, {}, '/api/v1/echo/loa?times=2');
    expect([response.status, await response.json()]).toEqual([201, { said: 'loa aa' }]);
  });

  it.each([
    ['a field that is missing', {}, '/api/v1/echo/loa', 'text'],
    ['a parameter that is too long', { text: 'a' }, '/api/v1/echo/much-too-long', 'name'],
    ['a query that is no number', { text: 'a' }, '/api/v1/echo/loa?times=x', 'times'],
  ])('names %s', async (_, body, path, field) => {
    expect(await problemOf(await echo(body, {}, path))).toMatchObject({ status: 400, code: 'bad-request', field });
  });

  it('names the header when the type is another one', async () => {
    const problem = await problemOf(await echo('{}', { 'content-type': 'text/plain' }));
    expect(problem).toMatchObject({ status: 415, field: 'Content-Type' });
  });

  it.each([
    ['malformed JSON', '{', {}, 400, 'bad-request'],
    ['another type', '{}', { 'content-type': 'text/plain' }, 415, 'unsupported-media-type'],
    ['another charset', '{}', { 'content-type': 'application/json; charset=x-unknown' }, 415, 'unsupported-media-type'],
    ['too much', JSON.stringify({ text: 'x'.repeat(300_000) }), {}, 413, 'too-large'],
    ['no token', '{}', { authorization: '' }, 401, 'unauthorized'],
    ['a wrong token', '{}', { authorization: `Bearer ${TOKEN}x` }, 401, 'unauthorized'],
    ['another scheme', '{}', { authorization: `Basic ${TOKEN}` }, 401, 'unauthorized'],
    ['a foreign page', '{}', { origin: 'http://evil.test' }, 403, 'forbidden'],
    ['a page without an origin of its own', '{}', { origin: 'null' }, 403, 'forbidden'],
  ])('answers %s', async (_, body, headers, status, code) => {
    expect(await problemOf(await echo(body, headers))).toMatchObject({ status, code });
  });

  it.each([
    ['bug', 500, 'internal'],
    ['later', 500, 'internal'],
    ['unavailable', 503, 'unavailable'],
    ['not-found', 404, 'not-found'],
    ['too-many-requests', 429, 'too-many-requests'],
  ])('%s becomes a problem that gives nothing away', async (how, status, code) => {
    const problem = await problemOf(await fetch(`${url}/api/v1/broken/${how}`));
    expect(problem).toMatchObject({ status, code, requestId: expect.stringMatching(/^[\w-]{36}$/) as string });
    expect(problem.message).not.toContain('secret');
  });

  it.each(['bug', 'tool'])('and the log says what it was: %s', async (how) => {
    const { requestId } = await problemOf(await fetch(`${url}/api/v1/broken/${how}`));
    const line = logged.find((each) => each.includes(String(requestId)));
    expect(line).toContain('secret inside');
  });

  it('what is not there, or cannot be an address, is a problem too', async () => {
    expect(await problemOf(await fetch(`${url}/nothing`))).toMatchObject({ status: 404, code: 'not-found' });
    expect(await problemOf(await fetch(`${url}/api/v1/broken/%E0%A4%A`))).toMatchObject({ status: 400 });
  });
});

describe('who may ask', () => {
  it.each([
    ['localhost', 200],
    ['LOCALHOST:3001', 200],
    ['loa.example:443', 200],
    ['evil.test', 403],
    ['127.0.0.1.evil.test', 403],
    ['[::2]:3001', 403],
  ])('under the name "%s": %d', async (host, status) => {
    expect(await statusForHost(host)).toBe(status);
  });

  it('a supervisor may ask by any name', async () => {
    expect(await statusForHost('whatever', '/healthz')).toBe(200);
    expect(await statusForHost('whatever', '/readyz')).toBe(503);
  });

  it('figures are for those who have a token: the one that only reads them, or the one that may do all', async () => {
    const metrics = (token: string) => fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
    const page = await metrics(METRICS_TOKEN);
    expect([page.status, await page.text()]).toEqual([200, 'loa_pump_up 0\n']);
    expect(page.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect((await metrics(TOKEN)).status).toBe(200);
    expect(await problemOf(await metrics('wrong'))).toMatchObject({ status: 401, code: 'unauthorized' });
    expect(await statusForHost('whatever', '/metrics')).toBe(401);
    const speaking = await echo({ text: 'a' }, { authorization: `Bearer ${METRICS_TOKEN}` });
    expect(speaking.status).toBe(401);
  });

  it('the token is handed to pages of the studio, and to those who have it', async () => {
    const session = (headers: Record<string, string>) => fetch(`${url}/api/v1/session`, { headers });
    const response = await session({ origin: STUDIO });
    expect(await response.json()).toEqual({ studio: true, token: TOKEN });
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('access-control-allow-origin')).toBe(STUDIO);
    expect((await session({ authorization: `Bearer ${TOKEN}` })).status).toBe(200);
    expect((await session({})).status).toBe(401);
    const foreign = await session({ origin: 'http://evil.test' });
    expect([foreign.status, foreign.headers.get('access-control-allow-origin')]).toEqual([401, null]);
  });

  it('a foreign page may listen, and neither speak nor read', async () => {
    const post = (path: string) => fetch(`${url}${path}`, { method: 'POST', headers: { origin: 'http://evil.test' } });
    const listening = await post('/whep/zones/26506');
    expect([listening.status, listening.headers.get('access-control-allow-origin')]).toEqual([201, '*']);
    expect((await post('/whip')).status).toBe(403);
    const reading = await fetch(`${url}/api/v1/openapi.json`, { headers: { origin: 'http://evil.test' } });
    expect(reading.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('asks before it speaks: preflight', async () => {
    const preflight = (path: string, origin: string) =>
      fetch(`${url}${path}`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
      });
    expect((await preflight('/whip', STUDIO)).headers.get('access-control-allow-origin')).toBe(STUDIO);
    expect((await preflight('/whip', 'http://evil.test')).headers.get('access-control-allow-origin')).toBeNull();
    expect((await preflight('/whep/sessions/x', 'http://evil.test')).headers.get('access-control-allow-origin')).toBe(
      '*',
    );
  });

  it('one address joins the public streams 120 times a minute, not more', async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 125; n++) statuses.push((await fetch(`${url}/whep/zones/x`, { method: 'POST' })).status);
    expect(statuses.slice(0, 100).every((status) => status === 201)).toBe(true);
    const last = await fetch(`${url}/whep/zones/x`, { method: 'POST' });
    const problem = await problemOf(last);
    expect(problem).toMatchObject({ status: 429, code: 'too-many-requests' });
    expect(problem.message).toMatch(/try again in a minute.*SFU_TRUST_PROXY/);
    expect(last.headers.get('retry-after')).toMatch(/^\d+$/);
  });

  it('behind a proxy that is named each listener has a limit of its own; others cannot say who they are', async () => {
    const join = async (at: string, forwarded: string) =>
      (await fetch(`${at}/whep/zones/x`, { method: 'POST', headers: { 'x-forwarded-for': forwarded } })).status;
    const fill = async (at: string, forwarded: string) => {
      for (let n = 0; n < 120; n++) await join(at, forwarded);
    };
    const proxied = await serve(['loopback', '10.0.0.0/8']);
    await fill(proxied, '198.51.100.1');
    expect([await join(proxied, '198.51.100.1'), await join(proxied, '198.51.100.2')]).toEqual([429, 201]);
    // Over two proxies, and what the listener wrote itself before them.
    expect(await join(proxied, '198.51.100.3, 198.51.100.1, 10.0.0.1')).toBe(429);

    const direct = await serve(['10.0.0.0/8']);
    await fill(direct, '198.51.100.1');
    expect(await join(direct, '198.51.100.2')).toBe(429);
  });
});

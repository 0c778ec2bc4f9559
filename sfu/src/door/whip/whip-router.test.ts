import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type ErrorRequestHandler } from 'express';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chromeWhip } from '../../../test/support/offers.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import type { LinkClient } from '../../link/link-client.ts';
import type { TransportAnswer } from '../../link/messages.ts';
import { ProblemError } from '../problem-error.ts';
import { createWhipRouter, type WhipRouter } from './whip-router.ts';

const TRANSPORT: TransportAnswer = {
  ice: { usernameFragment: 'server-ufrag', password: 'server-password-0123456789', candidates: [] },
  fingerprint: { algorithm: 'sha-256', value: 'AB:CD' },
};

let whip: WhipRouter;
let server: Server;
/** The source that is being opened, and the pump's answer to it. */
let opening: { sourceId: string; answer: (transport: TransportAnswer) => void } | null;
let refusal: ProblemError | null;

beforeEach(async () => {
  opening = refusal = null;
  const ask = (_type: string, { sourceId }: { sourceId: string }) =>
    new Promise<TransportAnswer>((answer) => (opening = { sourceId, answer }));
  const link = { ask, connected: true, close: () => undefined } as unknown as LinkClient;
  whip = createWhipRouter(link, () => undefined, { urls: [], turn: null }, { refusal: () => refusal });
  const refuse: ErrorRequestHandler = (_error, _request, response, _next) => void response.status(503).end();
  server = createServer(express().use('/whip', whip.router).use(refuse));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => void server.close());

function post(): Promise<Response> {
  const { port } = server.address() as AddressInfo;
  return fetch(`http://127.0.0.1:${String(port)}/whip`, {
    method: 'POST',
    headers: { 'content-type': 'application/sdp' },
    body: chromeWhip,
  });
}

/** The status of a session during whose opening something happens. */
async function statusWhen(happens: (sourceId: string) => void): Promise<number> {
  const response = post();
  await waitFor(() => (opening ? '' : 'the question to the pump'));
  happens(opening?.sourceId ?? '');
  opening?.answer(TRANSPORT);
  return (await response).status;
}

describe('ND12: a node that is being emptied', () => {
  it('takes no new source, and does not trouble its pump with it', async () => {
    refusal = new ProblemError('unavailable', 'this node is being emptied; go to one of `doors`');
    expect((await post()).status).toBe(503);
    expect(opening).toBeNull();
  });
});

describe('a source that is being opened', () => {
  it('and that waited for the new pump is good: the old one’s end does not concern it', async () => {
    expect(await statusWhen(() => whip.forgetAll())).toBe(201);
  });

  it('and is gone before the answer is said to be', async () => {
    expect(await statusWhen((sourceId) => whip.forget(sourceId))).toBe(503);
  });
});

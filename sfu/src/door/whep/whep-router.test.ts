import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type ErrorRequestHandler } from 'express';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { firefoxWhep } from '../../../test/support/offers.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import type { LinkClient } from '../../link/link-client.ts';
import type { Answer } from '../../link/messages.ts';
import { ProblemError } from '../problem-error.ts';
import { createWhepRouter, type WhepRouter } from './whep-router.ts';

const OPENED: Answer<'whep:open'> = {
  ice: { usernameFragment: 'server-ufrag', password: 'server-password-0123456789', candidates: [] },
  fingerprint: { algorithm: 'sha-256', value: 'AB:CD' },
  streams: [],
};

let whep: WhepRouter;
let server: Server;
/** The path that is being opened, and the pump's answer to it. */
let opening: { pathId: string; answer: (opened: typeof OPENED) => void } | null;
let closed: string[];
/** Paths that the pump was told to close. */
let ended: string[];
let refusal: ProblemError | null;

beforeEach(async () => {
  opening = null;
  closed = [];
  ended = [];
  refusal = null;
  const ask = (type: string, { pathId }: { pathId: string }) =>
    new Promise((answer) => {
      if (type === 'whep:open') opening = { pathId, answer };
      if (type === 'whep:close') ended.push(pathId);
    });
  const receiver = { receiverId: 'loa-1', zoneId: 'w1' };
  whep = createWhepRouter({
    link: { ask, connected: true, close: () => undefined } as unknown as LinkClient,
    picture: { receiverById: () => receiver, tree: { pathTo: () => ['w1'] } } as never,
    book: {} as never,
    iceServers: { urls: [], turn: null },
    publicLimit: (_request, _response, next) => next(),
    authorize: () => undefined,
    refuseSecondPath: () => refusal,
    onReceiverPathClosed: (_receiver, pathId) => closed.push(pathId),
  });
  const refuse: ErrorRequestHandler = (_error, _request, response, _next) => void response.status(503).end();
  server = createServer(express().use('/whep', whep.router).use(refuse));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => void server.close());

/** The status of a path during whose opening something happens. */
async function statusWhen(happens: (pathId: string) => void, query = ''): Promise<number> {
  const { port } = server.address() as AddressInfo;
  const response = fetch(`http://127.0.0.1:${String(port)}/whep/receivers/loa-1${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/sdp' },
    body: firefoxWhep,
  });
  await waitFor(() => (opening ? '' : 'the question to the pump'));
  happens(opening?.pathId ?? '');
  opening?.answer(OPENED);
  return (await response).status;
}

describe('a path that is being opened', () => {
  it('and that waited for the new pump is good: the old one’s end does not concern it', async () => {
    expect(await statusWhen(() => whep.forgetAll())).toBe(201);
    expect(closed).toEqual([]);
  });

  it('and is gone before the answer is said to be', async () => {
    expect(await statusWhen((pathId) => whep.forget(pathId))).toBe(503);
  });

  it.each([
    ['a second one', '?path=second', 1],
    ['a first one, which leaves by itself', '', 0],
  ])('NP20: while the order to empty the node comes: %s', async (_, query, count) => {
    await statusWhen(() => {
      refusal = new ProblemError('unavailable', 'this node is being emptied');
      whep.closeSecondPaths();
    }, query);
    await waitFor(() => (ended.length === count ? '' : `${ended.length} closed`));
    expect(ended).toEqual(count === 1 ? [opening?.pathId] : []);
  });

  it('goes with the next pump once it is open', async () => {
    const status = await statusWhen(() => undefined);
    whep.forgetAll();
    expect([status, closed]).toEqual([201, [opening?.pathId]]);
  });
});

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RTCPeerConnection } from 'werift';
import { describe, expect, it } from 'vitest';
import type { MediaAccess } from './media-access.ts';
import { joinWhep } from './whep-session.ts';

const ANSWER = 'v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=msid:control control\r\n';

/** Joins at a door that takes every offer, with an access that breaks the connection in some way. */
async function join(broken: Partial<MediaAccess>) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.method ?? '');
    request.resume();
    response.writeHead(request.method === 'POST' ? 201 : 200, { location: '/whep/sessions/1' }).end(ANSWER);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const peers: RTCPeerConnection[] = [];
  const access: MediaAccess = {
    prepare(peer, ...rest) {
      peers.push(peer);
      broken.prepare?.(peer, ...rest);
    },
    answered: broken.answered ?? (() => undefined),
  };
  const result = await joinWhep({
    whepUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/whep/receivers/r`,
    token: '',
    buses: ['control'],
    signal: new AbortController().signal,
    access,
    ipv6: false,
    onArrival: () => undefined,
    onAnswered: () => undefined,
    onDown: () => undefined,
  });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return { result, asked, states: peers.map(({ connectionState }) => connectionState) };
}

const noSocket = () => Promise.reject(new Error('EMFILE: too many open files'));

describe('a join that fails leaves no connection open', () => {
  it.each<[string, Partial<MediaAccess>]>([
    ['when nothing can be offered', { prepare: (peer) => void (peer.createOffer = noSocket) }],
    ['when no socket can be had for the offer', { prepare: (peer) => void (peer.setLocalDescription = noSocket) }],
  ])('%s', async (_, broken) => {
    const { result, asked, states } = await join(broken);
    expect(result).toMatchObject({
      ok: false,
      error: { reason: 'not-connected', detail: expect.stringContaining('EMFILE') as string },
    });
    expect([asked, states]).toEqual([[], ['closed']]);
  });

  it('nor a session at the door, when its answer cannot be used', async () => {
    const { result, asked, states } = await join({
      answered() {
        throw new Error('an answer that nobody understands');
      },
    });
    expect(result).toMatchObject({ ok: false, error: { reason: 'bad-answer' } });
    expect([asked, states]).toEqual([['POST', 'DELETE'], ['closed']]);
  });
});

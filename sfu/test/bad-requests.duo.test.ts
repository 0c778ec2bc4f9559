import { request as httpRequest } from 'node:http';
import { describe, expect, it } from 'vitest';
import { problemSchema } from '@loa/shared/protocol/errors';
import { listenTo, postOffer, publish } from './support/foreign-client.ts';
import { chromeWhip, firefoxWhep, safariWithVideo } from './support/offers.ts';
import { useProbedSfu } from './support/probed-sfu.ts';
import { numbersOf, type Rig } from './support/rig.ts';
import { type SfuStack, TEST_ORIGIN } from './support/sfu-stack.ts';
import type { SoundProbe } from './support/sound-probe.ts';
import { waitFor } from './support/wait-for.ts';

/** Every wrong request gets its documented answer, and the sound on air meanwhile goes on without a gap. */

let sfu: SfuStack;
let rig: Rig;
let probe: SoundProbe;

useProbedSfu((started) => ({ sfu, rig, probe } = started), {
  SFU_ICE_SERVERS: 'stun:stun.example:3478,turn:turn.example:3478?transport=udp',
  SFU_TURN_USERNAME: 'loa',
  SFU_TURN_CREDENTIAL: 'turn-credential',
});

const SDP = { 'content-type': 'application/sdp' };
const FRAGMENT = { 'content-type': 'application/trickle-ice-sdpfrag' };

function send(method: string, path: string, headers: Record<string, string> = {}, body?: string): Promise<Response> {
  const authorization = `Bearer ${sfu.token}`;
  return fetch(`${sfu.url}${path}`, {
    method,
    headers: { authorization, ...headers },
    ...(body === undefined ? {} : { body }),
  });
}

async function problemOf(response: Response) {
  const { error } = (await response.json()) as { error: unknown };
  return { status: response.status, ...problemSchema.parse(error) };
}

async function openedSession(path = '/whip', offer = chromeWhip) {
  const response = await send('POST', path, SDP, offer);
  expect(response.status).toBe(201);
  return { location: response.headers.get('location') ?? '', etag: response.headers.get('etag') ?? '', response };
}

describe('WHIP and its sessions', () => {
  const withoutAudio = safariWithVideo.split('m=audio')[0] ?? '';
  it.each<[string, Record<string, string>, string, number, string]>([
    ['no SDP', SDP, 'hello', 400, 'bad-sdp'],
    ['nothing', SDP, '', 400, 'bad-sdp'],
    ['an SDP that ends in the middle', SDP, chromeWhip.slice(0, 200), 400, 'bad-sdp'],
    ['no fingerprint', SDP, chromeWhip.replace(/a=fingerprint.*\r\n/, ''), 400, 'bad-sdp'],
    ['an empty fingerprint', SDP, chromeWhip.replace(/a=fingerprint.*/, 'a=fingerprint:'), 400, 'bad-sdp'],
    ['duplicate mids', SDP, safariWithVideo.replace('a=mid:1', 'a=mid:0'), 400, 'bad-sdp'],
    ['video alone', SDP, withoutAudio, 406, 'bad-sdp'],
    ['a listener', SDP, firefoxWhep, 406, 'bad-sdp'],
    ['no RTCP on the same port', SDP, chromeWhip.replace('a=rtcp-mux\r\n', ''), 406, 'bad-sdp'],
    ['Opus as a static payload type', SDP, chromeWhip.replace('a=rtpmap:111 ', 'a=rtpmap:0 '), 406, 'bad-sdp'],
    ['ten thousand lines', SDP, `${chromeWhip}${'a=x:y\r\n'.repeat(10_000)}`, 413, 'too-large'],
    ['plain text', { 'content-type': 'text/plain' }, chromeWhip, 415, 'unsupported-media-type'],
    ['JSON', { 'content-type': 'application/json' }, '{}', 415, 'unsupported-media-type'],
    ['a wrong token', { ...SDP, authorization: 'Bearer wrong' }, chromeWhip, 401, 'unauthorized'],
    ['no token', { ...SDP, authorization: '' }, chromeWhip, 401, 'unauthorized'],
    ['a foreign page', { ...SDP, origin: 'http://evil.test' }, chromeWhip, 403, 'forbidden'],
  ])('%s', async (_, headers, body, status, code) => {
    expect(await problemOf(await send('POST', '/whip', headers, body))).toMatchObject({ status, code });
  });

  it('a foreign name that points here (DNS rebinding)', async () => {
    const status = await new Promise((resolve, reject) => {
      const headers = { host: 'rebound.evil.test', authorization: `Bearer ${sfu.token}`, ...SDP };
      const request = httpRequest(`${sfu.url}/whip`, { method: 'POST', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', reject).end(chromeWhip);
    });
    expect(status).toBe(403);
  });

  it.each(['GET', 'PUT', 'PATCH', 'DELETE'])('%s on the endpoint', async (method) => {
    const response = await send(method, '/whip', SDP, method === 'GET' ? undefined : chromeWhip);
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('video beside the sound is rejected and the sound taken', async () => {
    const { response, location } = await openedSession('/whip', safariWithVideo);
    expect(await response.text()).toMatch(/m=video 0 [\s\S]*m=audio 9 /);
    expect((await send('DELETE', location)).status).toBe(200);
  });

  it('the answer has what RFC 9725 asks for, also for pages of the studio', async () => {
    const { response, location, etag } = await openedSession();
    expect(location).toMatch(/^\/whip\/[\w-]{36}$/);
    expect(etag).toMatch(/^".+"$/);
    expect(response.headers.get('content-type')).toBe('application/sdp');
    expect(response.headers.get('link')).toBe(
      '<stun:stun.example:3478>; rel="ice-server", <turn:turn.example:3478?transport=udp>; rel="ice-server"; ' +
        'username="loa"; credential="turn-credential"; credential-type="password"',
    );
    await send('DELETE', location);
    const page = await send('POST', '/whip', { ...SDP, origin: TEST_ORIGIN }, chromeWhip);
    expect(page.headers.get('access-control-expose-headers')).toMatch(/Location.*ETag.*Link/);
    await send('DELETE', page.headers.get('location') ?? '');
  });

  it('PATCH: trickle, and what is wrong with it', async () => {
    const { location, etag } = await openedSession();
    const trickle = 'a=ice-ufrag:4ZcD\r\na=ice-pwd:2/1muCWoOi3uLifh0NuRHlVp\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n';
    const statusOf = async (headers: Record<string, string>, body: string, at = location) =>
      (await send('PATCH', at, headers, body)).status;
    expect(await statusOf({ ...FRAGMENT, 'if-match': etag }, trickle)).toBe(204);
    expect(await statusOf({ ...FRAGMENT, 'if-match': '*' }, trickle)).toBe(204);
    expect(await statusOf(FRAGMENT, trickle)).toBe(428);
    expect(await statusOf({ ...FRAGMENT, 'if-match': '"stale"' }, trickle)).toBe(412);
    expect(await statusOf({ ...SDP, 'if-match': etag }, trickle)).toBe(415);
    expect(await statusOf({ ...FRAGMENT, 'if-match': etag }, 'nonsense')).toBe(400);
    const halfRestart = await send('PATCH', location, { ...FRAGMENT, 'if-match': etag }, 'a=ice-ufrag:another\r\n');
    expect(await problemOf(halfRestart)).toMatchObject({ status: 400, code: 'bad-sdp', field: 'a=ice-pwd' });
    expect(await statusOf({ ...FRAGMENT, 'if-match': etag }, 'a=x\r\n'.repeat(5_000))).toBe(413);
    expect(await statusOf({ ...FRAGMENT, 'if-match': etag }, trickle, '/whip/unknown')).toBe(404);
    expect((await send('GET', location)).status).toBe(405);
    expect((await send('DELETE', location)).status).toBe(200);
    expect(await problemOf(await send('DELETE', location))).toMatchObject({ status: 404, code: 'not-found' });
  });

  it('PATCH: an ICE restart, with sound going on afterwards', async () => {
    const source = await publish(sfu.url, sfu.token);
    rig.keep(source);
    source.play((n) => Buffer.from([0xf8, 0xff, 9, (n >> 8) & 0xff, n & 0xff]));
    const listener = await rig.join('26509');
    await rig.startLive(source, ['26509']);
    await waitFor(() => (numbersOf(listener, 9).length > 20 ? '' : 'the voice'));

    const response = await source.restartIce(sfu.url, sfu.token);
    expect(response.status).toBe(200);
    expect(response.headers.get('etag')).not.toBe(source.etag);
    const stale = await send('PATCH', source.location, { ...FRAGMENT, 'if-match': source.etag }, 'a=mid:0\r\n');
    expect(stale.status).toBe(412);
    const before = numbersOf(listener, 9).length;
    await waitFor(() => (numbersOf(listener, 9).length > before + 100 ? '' : 'the voice after the restart'));
    // Around the switch packets may be lost and sent again.
    const numbers = numbersOf(listener, 9).slice(-60);
    expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] ?? 0) + i));
  });
});

describe('WHEP', () => {
  it.each([
    ['a zone that is not there', '/whep/zones/nowhere', firefoxWhep, 404, 'not-found'],
    ['a receiver that is not there', '/whep/receivers/nobody', firefoxWhep, 404, 'not-found'],
    ['a receiver whose name is none', '/whep/receivers/a%20b', firefoxWhep, 404, 'not-found'],
    ['a speaker', '/whep/zones/26506', chromeWhip, 406, 'bad-sdp'],
    ['no SDP', '/whep/zones/26506', '', 400, 'bad-sdp'],
  ])('%s', async (_, path, body, status, code) => {
    expect(await problemOf(await send('POST', path, SDP, body))).toMatchObject({ status, code });
  });

  it('too few m-lines for the path of the receiver', async () => {
    const { receiverId } = await rig.join('26509');
    const oneLine = firefoxWhep.split('m=audio 0')[0]?.replace('BUNDLE 0 1 2', 'BUNDLE 0') ?? '';
    const answer = await problemOf(await send('POST', `/whep/receivers/${receiverId}`, SDP, oneLine));
    expect(answer).toMatchObject({ status: 400, code: 'bad-sdp', message: expect.stringContaining('3 ') as string });
  });

  it('more m-lines than zones: the surplus is rejected', async () => {
    const { response, location } = await openedSession('/whep/zones/26509', firefoxWhep);
    expect([...(await response.text()).matchAll(/^m=audio (\d+)/gm)].map(([, port]) => port)).toEqual(['9', '0', '0']);
    expect((await send('DELETE', location)).status).toBe(200);
  });

  it('without the token there is no receiver', async () => {
    expect((await postOffer(`${sfu.url}/whep/receivers/x`, null, firefoxWhep)).status).toBe(401);
    await expect(listenTo(`${sfu.url}/whep/receivers/x`, 'wrong', 3)).rejects.toThrow('401');
  });
});

describe('the API', () => {
  it.each<[string, string, object | string, number, string]>([
    ['malformed JSON', '/api/v1/broadcasts', '{"title":', 400, 'bad-request'],
    ['an empty start', '/api/v1/broadcasts', {}, 400, 'bad-request'],
    ['stopping what never was', '/api/v1/broadcasts/unknown/stop', {}, 409, 'refused'],
    ['too much', '/api/v1/broadcasts', { title: 'x'.repeat(300_000) }, 413, 'too-large'],
    ['what is not there', '/api/v1/nothing', {}, 404, 'not-found'],
  ])('%s', async (_, path, body, status, code) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await send('POST', path, { 'content-type': 'application/json' }, text);
    expect(await problemOf(response)).toMatchObject({ status, code });
  });

  it.each<[string, Record<string, unknown>, number, string]>([
    ['a zone that is not there', { zones: ['nowhere'] }, 409, 'refused'],
    ['a source that is not there', { source: { kind: 'live', sourceId: 'nobody' } }, 409, 'refused'],
    [
      'a segment that is not there',
      { source: { kind: 'segment', segmentId: 'none', durationMs: 1 } },
      404,
      'not-found',
    ],
    ['a title that cannot be stored', { title: 'a\u0000b' }, 400, 'bad-request'],
    ['a level that does not exist', { level: 4 }, 400, 'bad-request'],
    ['more zones than there can be', { zones: Array.from({ length: 2_001 }, () => 'z') }, 400, 'bad-request'],
  ])('starting with %s', async (_, change, status, code) => {
    const response = await rig.start({ kind: 'live', sourceId: probe.sourceId }, ['26509'], change);
    expect(await problemOf(response)).toMatchObject({ status, code });
  });

  it('too many sources', async () => {
    const locations: string[] = [];
    let last = await send('POST', '/whip', SDP, chromeWhip);
    while (last.status === 201 && locations.length < 300) {
      locations.push(last.headers.get('location') ?? '');
      last = await send('POST', '/whip', SDP, chromeWhip);
    }
    const refused = await problemOf(last);
    expect(refused).toMatchObject({ status: 429, code: 'too-many-requests' });
    expect(refused.message).toMatch(/DELETE .* try again in a minute/);
    expect(locations.length).toBeGreaterThan(150);
    for (const location of locations) expect((await send('DELETE', location)).status).toBe(200);
    const { location } = await openedSession();
    await send('DELETE', location);
  });
});

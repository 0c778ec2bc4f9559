import { randomUUID } from 'node:crypto';
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MAX_ZONES_PER_BROADCAST } from '@loa/shared/broadcasts/commands';
import { MAX_UPLOAD_BYTES } from '@loa/shared/protocol/limits';
import type { BroadcastView } from '@loa/shared/protocol/live';
import { MAX_WAITING_UPLOADS } from '../src/door/uploads/segment-library.ts';
import { createRig, type Rig } from './support/rig.ts';
import { type SfuStack, startSfuStack } from './support/sfu-stack.ts';
import { waitFor } from './support/wait-for.ts';

/** The bounds that PROTOCOL.md states, and what is answered beyond them. */

let sfu: SfuStack;
let rig: Rig;

beforeAll(async () => {
  sfu = await startSfuStack();
  rig = createRig(sfu);
});
afterAll(() => sfu.close());
afterEach(() => rig.reset());

const startRequest = (zones: readonly string[]) => ({
  id: randomUUID(),
  key: randomUUID(),
  title: 'Thông báo thử',
  source: { kind: 'live', sourceId: 'no-such-source' },
  zones,
  level: 1,
  authority: 1,
  mode: 'replace',
  wait: false,
});

describe('PV3: a start that names as many zones as it may', () => {
  const zonesOf = (count: number) => Array.from({ length: count }, () => randomUUID());

  it('is answered over the socket and over HTTP alike', async () => {
    const studio = await rig.studio();
    studio.io.reconnection(false);
    const request = startRequest(zonesOf(MAX_ZONES_PER_BROADCAST));
    const refused = { code: 'refused', details: { code: 'unknown-source' } };
    expect(await studio.timeout(5_000).emitWithAck('broadcast:start', request)).toMatchObject({
      ok: false,
      error: refused,
    });
    expect(studio.connected).toBe(true);
    const answer = await sfu.post('/api/v1/broadcasts', request);
    expect([answer.status, await answer.json()]).toMatchObject([409, { error: refused }]);
  });

  it('one more is refused with the field, and the connection stays', async () => {
    const studio = await rig.studio();
    const request = startRequest(zonesOf(MAX_ZONES_PER_BROADCAST + 1));
    const refused = { code: 'bad-request', field: 'zones' };
    expect(await studio.timeout(5_000).emitWithAck('broadcast:start', request)).toMatchObject({
      ok: false,
      error: refused,
    });
    expect(studio.connected).toBe(true);
    const answer = await sfu.post('/api/v1/broadcasts', request);
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: refused }]);
  });
});

describe('uploads', () => {
  const BOUNDARY = 'limit';
  /** Sends the beginning of an upload and leaves it open; more is answered with what `end` sends. */
  function begin(contentLength?: number) {
    const headers = {
      authorization: `Bearer ${sfu.token}`,
      'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
      ...(contentLength === undefined ? {} : { 'content-length': String(contentLength) }),
    };
    const request: ClientRequest = httpRequest(`${sfu.url}/api/v1/segments`, { method: 'POST', headers });
    rig.keep({ close: () => request.destroy() });
    const answer = new Promise<{ status: number; error: { code?: string; field?: string } }>((resolve, reject) => {
      request.on('error', reject);
      request.on('response', (response: IncomingMessage) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          const { error = {} } = JSON.parse(text) as { error?: object };
          resolve({ status: response.statusCode ?? 0, error });
        });
      });
    });
    // Who closes it early is not interested in the answer.
    answer.catch(() => undefined);
    request.write(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="title"\r\n\r\nx\r\n`);
    return { answer, end: () => request.end(`--${BOUNDARY}--\r\n`) };
  }

  it('one that is announced as too large is refused before it comes', async () => {
    const { answer } = begin(MAX_UPLOAD_BYTES + 1_000_000);
    expect(await answer).toMatchObject({ status: 413, error: { code: 'too-large', field: 'file' } });
  });

  it('so many may come in at a time; one more is told to wait, and comes in when there is room', async () => {
    const open = Array.from({ length: MAX_WAITING_UPLOADS }, () => begin());
    const another = async () => {
      const upload = begin();
      upload.end();
      return upload.answer;
    };
    // The others have to have arrived.
    await waitFor(async () => {
      const { status } = await another();
      return status === 429 ? '' : `the last place to be taken; answered ${status}`;
    });
    expect(await another()).toMatchObject({ status: 429, error: { code: 'too-many-requests' } });
    for (const { end } of open) end();
    // Without a file it is no upload, but it was let in.
    for (const { answer } of open) expect(await answer).toMatchObject({ status: 400, error: { field: 'file' } });
    expect(await another()).toMatchObject({ status: 400, error: { field: 'file' } });
  });
});

describe('the life of a broadcast', () => {
  const HOUR_MS = 3_600_000;

  it('BR18: is extended from now on, over HTTP and over the socket, within its bounds', async () => {
    const source = await rig.speak(1);
    const { broadcastId, expiresAt } = await rig.startLive(source, ['26509'], { maxLifeMs: HOUR_MS });
    const extend = (lifeMs: number) => sfu.post(`/api/v1/broadcasts/${broadcastId}/extend`, { lifeMs });
    const longer = await extend(2 * HOUR_MS);
    expect(longer.status).toBe(200);
    const view = (await longer.json()) as BroadcastView;
    const gained = (view.expiresAt ?? 0) - (expiresAt ?? 0);
    expect(gained).toBeGreaterThanOrEqual(HOUR_MS);
    expect(gained).toBeLessThan(HOUR_MS + 60_000);

    const studio = await rig.studio();
    const answer = await studio.timeout(5_000).emitWithAck('broadcast:extend', { broadcastId, lifeMs: 5 * HOUR_MS });
    expect(answer).toEqual({ ok: true, data: null });
    const { expiresAt: last } = await rig.broadcast(broadcastId);
    expect((last ?? 0) - (view.expiresAt ?? 0)).toBeGreaterThanOrEqual(3 * HOUR_MS);

    for (const lifeMs of [999, 24 * HOUR_MS + 1, 1.5]) {
      const refused = await extend(lifeMs);
      expect([refused.status, await refused.json()]).toMatchObject([400, { error: { field: 'lifeMs' } }]);
    }
    expect((await rig.broadcast(broadcastId)).expiresAt).toBe(last);
    await rig.stop(broadcastId);
    const late = await extend(HOUR_MS);
    expect([late.status, await late.json()]).toMatchObject([409, { error: { code: 'refused' } }]);
  });
});

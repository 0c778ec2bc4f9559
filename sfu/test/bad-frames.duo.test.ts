import { randomUUID } from 'node:crypto';
import type { Socket } from 'socket.io-client';
import { describe, expect, it } from 'vitest';
import { MAX_FRAME_BYTES } from '@loa/shared/protocol/limits';
import { snapshotSchema } from '@loa/shared/protocol/live';
import { PROTOCOL } from '@loa/shared/protocol/version';
import { useProbedSfu } from './support/probed-sfu.ts';
import type { Rig } from './support/rig.ts';
import { type SfuStack, TEST_ORIGIN } from './support/sfu-stack.ts';
import type { SoundProbe } from './support/sound-probe.ts';
import { waitFor } from './support/wait-for.ts';

/** Whatever comes over a socket gets its documented answer, and the sound on air meanwhile goes on without a gap. */

let sfu: SfuStack;
let rig: Rig;
let probe: SoundProbe;

useProbedSfu((started) => ({ sfu, rig, probe } = started));

type Answer = { ok: boolean; data?: unknown; error?: { code: string; field?: string; message: string } };

const ask = (socket: Socket, event: string, ...args: unknown[]) =>
  socket.timeout(5_000).emitWithAck(event, ...args) as Promise<Answer>;

/** How the handshake of a socket ends: connected, or the problem that it is told. */
function handshake(namespace: string, auth: object, headers?: Record<string, string>) {
  const socket = rig.socket(namespace, auth, headers);
  return new Promise<{ code: string; message: string } | 'connected'>((resolve) => {
    socket.once('connect', () => resolve('connected'));
    socket.once('connect_error', (error: Error & { data?: { code?: string } }) =>
      resolve({ code: error.data?.code ?? 'none', message: error.message }),
    );
  });
}

/** Counts how often the door closed a socket; a client comes back by itself. */
function closings(socket: Socket): () => number {
  let count = 0;
  socket.on('disconnect', () => (count += 1));
  return () => count;
}

describe('the handshake', () => {
  const token = () => ({ token: sfu.token });
  it.each([
    ['without a protocol number', () => token(), 'bad-request'],
    ['with the protocol number as text', () => ({ ...token(), protocol: '1' }), 'bad-request'],
    ['PV1: from before this door', () => ({ ...token(), protocol: PROTOCOL.min - 1 }), 'client-too-old'],
    ['PV1: from after this door', () => ({ ...token(), protocol: PROTOCOL.max + 1 }), 'server-too-old'],
    ['without the token', () => ({ protocol: 1 }), 'unauthorized'],
    ['with a wrong token', () => ({ protocol: 1, token: `${sfu.token}x` }), 'unauthorized'],
    ['with a token that is no text', () => ({ protocol: 1, token: { length: 40 } }), 'unauthorized'],
  ])('%s', async (_, auth, code) => {
    for (const namespace of ['/studio', '/receivers'])
      expect(await handshake(namespace, auth())).toMatchObject({ code });
  });

  it('PV1: every protocol number of the range is let in', async () => {
    for (let protocol = PROTOCOL.min; protocol <= PROTOCOL.max; protocol++)
      expect(await handshake('/studio', { ...token(), protocol })).toBe('connected');
  });

  it('a page of the studio needs no token for the studio, but for a receiver it does', async () => {
    const origin = { origin: TEST_ORIGIN };
    expect(await handshake('/studio', { protocol: 1 }, origin)).toBe('connected');
    expect(await handshake('/receivers', { protocol: 1 }, origin)).toMatchObject({ code: 'unauthorized' });
  });

  it('a foreign page and a foreign name do not get that far', async () => {
    const auth = { ...token(), protocol: 1 };
    expect(await handshake('/studio', auth, { origin: 'http://evil.test' })).not.toBe('connected');
    expect(await handshake('/studio', auth, { host: 'rebound.evil.test' })).not.toBe('connected');
  });

  it('there is nothing in a namespace that does not exist', async () => {
    expect(await handshake('/', { ...token(), protocol: 1 })).toMatchObject({ code: 'not-found' });
    expect(await handshake('/admin', { ...token(), protocol: 1 })).not.toBe('connected');
  });
});

describe('frames', () => {
  it.each<[string, unknown[], string]>([
    ['no request', [], 'body'],
    ['null', [null], 'body'],
    ['a list', [[]], 'body'],
    ['binary data', [Buffer.from('x')], 'id'],
    ['a wrong level', [{ level: 9 }], 'id'],
    ['a key that changes prototypes', [JSON.parse('{"__proto__":{"id":"x"}}')], 'id'],
  ])('broadcast:start with %s', async (_, args, field) => {
    const answer = await ask(await rig.studio(), 'broadcast:start', ...args);
    expect(answer).toMatchObject({ ok: false, error: { code: 'bad-request' } });
    expect(answer.error?.field || 'body').toBe(field);
  });

  it.each(['toString', 'constructor', '__proto__', 'broadcast:nothing', ''])('unknown event "%s"', async (event) => {
    const answer = await ask(await rig.studio(), event, {});
    expect(answer).toMatchObject({ ok: false, error: { code: 'bad-request' } });
  });

  it('a request without an acknowledgement ends that socket alone', async () => {
    const [bad, good] = [await rig.studio(), await rig.studio()];
    const closed = closings(bad);
    const others = closings(good);
    bad.emit('live:sync');
    await waitFor(() => (closed() === 1 ? '' : 'the end of the socket'));
    expect(await ask(good, 'live:sync')).toMatchObject({ ok: true });
    expect(others()).toBe(0);
  });

  it('ten bad frames in a minute end the socket, nine do not', async () => {
    const socket = await rig.studio();
    const closed = closings(socket);
    for (let n = 0; n < 9; n++) expect(await ask(socket, 'broadcast:stop', {})).toMatchObject({ ok: false });
    expect(closed()).toBe(0);
    socket.emit('broadcast:stop', {}, () => undefined);
    await waitFor(() => (closed() === 1 ? '' : 'the end of the socket'));
  });

  it('a frame that is too large ends the socket', async () => {
    const socket = await rig.studio();
    const closed = closings(socket);
    socket.emit('broadcast:start', { title: 'x'.repeat(MAX_FRAME_BYTES) }, () => undefined);
    await waitFor(() => (closed() === 1 ? '' : 'the end of the socket'));
  });

  it('too many requests end the socket', async () => {
    const socket = await rig.studio();
    const closed = closings(socket);
    for (let n = 0; n < 1_000; n++) socket.emit('clock:probe', { clientTimeMs: n }, () => undefined);
    await waitFor(() => (closed() === 1 ? '' : 'the end of the socket'));
  });

  it('bytes that are no frames at all end the connection', async () => {
    const socket = new WebSocket(`${sfu.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
    rig.keep(socket);
    await waitFor(() => (socket.readyState === WebSocket.OPEN ? '' : 'the bare socket'));
    socket.send('40/studio,{"protocol":1,"token":"');
    socket.send('9999nonsense');
    await waitFor(() => (socket.readyState === WebSocket.CLOSED ? '' : 'the end of the bare socket'));
  });
});

describe('receivers', () => {
  const registration = (rest: object = {}) => ({
    receiverId: `r-${randomUUID()}`,
    name: 'Cụm thử',
    kind: 'loudspeaker',
    zone: '26509',
    softwareVersion: 'test',
    ...rest,
  });
  const connect = () => rig.socket('/receivers', { protocol: 1, token: sfu.token });
  const receivers = async () => {
    const body = (await (await sfu.get('/api/v1/receivers')).json()) as { receivers: Array<Record<string, unknown>> };
    return new Map(body.receivers.map((view) => [view['receiverId'], view]));
  };

  it.each([
    ['a zone that is not there', { zone: 'nowhere' }, 'not-found', 'zone'],
    ['an id with a slash', { receiverId: 'a/b' }, 'bad-request', 'receiverId'],
    ['a name that cannot be stored', { name: 'a\u0000' }, 'bad-request', 'name'],
    ['an unknown kind', { kind: 'toaster' }, 'bad-request', 'kind'],
  ])('registering with %s', async (_, change, code, field) => {
    const answer = await ask(connect(), 'receiver:register', registration(change));
    expect(answer).toMatchObject({ ok: false, error: { code, field } });
  });

  it('nothing can be reported before registering', async () => {
    const record = { id: randomUUID(), receiverId: 'r', tag: 1, rank: 1, zoneId: 'z', firstSoundAt: 1, lastSoundAt: 2 };
    const rest = { renderedMs: 1, lostPackets: 0, concealedMs: 0, levelDbfs: null, final: true };
    const answer = await ask(connect(), 'playout:records', { records: [{ ...record, ...rest }] });
    expect(answer).toMatchObject({ ok: false, error: { code: 'conflict' } });
  });

  it('a second connection with the same id takes the place of the first, and stays online', async () => {
    const device = registration();
    const [first, second] = [connect(), connect()];
    first.io.reconnection(false);
    const closed = closings(first);
    expect(await ask(first, 'receiver:register', device)).toMatchObject({ ok: true });
    expect(await ask(second, 'receiver:register', device)).toMatchObject({ ok: true });
    await waitFor(() => (closed() === 1 ? '' : 'the end of the first connection'));
    expect((await receivers()).get(device.receiverId)).toMatchObject({ online: true });
  });

  it('a connection that registers as somebody else leaves the one before', async () => {
    const [before, after] = [registration(), registration()];
    const socket = connect();
    await ask(socket, 'receiver:register', before);
    await ask(socket, 'receiver:register', after);
    const views = await receivers();
    expect([before, after].map(({ receiverId }) => views.get(receiverId)?.['online'])).toEqual([false, true]);
    socket.disconnect();
    await waitFor(async () => ((await receivers()).get(after.receiverId)?.['online'] === false ? '' : 'offline'));
  });
});

it('after all this the live picture is whole', async () => {
  const answer = await ask(await rig.studio(), 'live:sync');
  const snapshot = snapshotSchema.parse(answer.data);
  expect(snapshot.broadcasts.map(({ broadcastId }) => broadcastId)).toEqual([probe.broadcastId]);
  expect(snapshot.sources.find(({ sourceId }) => sourceId === probe.sourceId)).toMatchObject({ connected: true });
});

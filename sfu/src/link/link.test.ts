import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '../../test/support/wait-for.ts';
import { encodeFrame, MAX_LINK_FRAME_BYTES } from './framing.ts';
import { createLinkClient, type LinkClient, type LinkClientEvents } from './link-client.ts';
import { createLinkServer, type LinkHandlers, type LinkServer, MAX_UNREAD_BYTES } from './link-server.ts';
import { LinkError, type Notice } from './messages.ts';

const log = pino({ level: 'silent' });
const NOTICE: Notice = { type: 'path-closed', pathId: 'p' };

let folder: string;
let path: string;
const closing: Array<() => unknown> = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'loa-link-'));
  path = join(folder, 'run', 'pump.sock');
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

/** Handlers of which a test needs only some. */
function handlersWith(some: Partial<LinkHandlers>): LinkHandlers {
  return { clock: () => ({ serverTimeMs: 1 }), ...some } as LinkHandlers;
}

async function serve(some: Partial<LinkHandlers> = {}): Promise<LinkServer> {
  const server = await createLinkServer(path, handlersWith(some), log);
  closing.push(() => server.close());
  return server;
}

function open(events: Partial<LinkClientEvents> = {}): LinkClient {
  const client = createLinkClient(
    path,
    { onConnected: () => Promise.resolve(), onNotice: () => undefined, onDisconnected: () => undefined, ...events },
    log,
  );
  closing.push(() => client.close());
  return client;
}

const connected = (client: LinkClient) => waitFor(() => (client.connected ? '' : 'the link'));

async function rawSocket(): Promise<Socket> {
  const socket = connect(path);
  socket.on('error', () => undefined);
  closing.push(() => socket.destroy());
  await waitFor(() => (socket.readyState === 'open' ? '' : 'the raw socket'));
  return socket;
}

describe('a notice that is too large', () => {
  it('is no trouble of whoever gives it: the door greets again', async () => {
    const server = await serve();
    let greetings = 0;
    const client = open({ onConnected: () => Promise.resolve(void (greetings += 1)) });
    await connected(client);
    server.notify({ type: 'path-closed', pathId: 'x'.repeat(MAX_LINK_FRAME_BYTES) });
    await waitFor(() => (greetings === 2 ? '' : 'the second greeting'));
  });
});

describe('asking', () => {
  it('gets the answer, or the code that the pump threw', async () => {
    await serve({
      'whip:close': ({ sourceId }) => {
        throw new LinkError('not-found', `no ${sourceId}`);
      },
      'whep:close': () => {
        throw new Error('a bug');
      },
    });
    const client = open();
    await connected(client);
    await expect(client.ask('clock', null)).resolves.toEqual({ serverTimeMs: 1 });
    await expect(client.ask('whip:close', { sourceId: 's' })).rejects.toMatchObject({ code: 'not-found' });
    await expect(client.ask('whep:close', { pathId: 'p' })).rejects.toMatchObject({ code: 'internal' });
  });

  it('is checked at both ends', async () => {
    await serve({ clock: () => ({ serverTimeMs: 'soon' }) as never });
    const client = open();
    await connected(client);
    await expect(client.ask('clock', null)).rejects.toMatchObject({ code: 'internal' });
    await expect(client.ask('whip:close', { sourceId: 'a/b' })).rejects.toMatchObject({ code: 'bad-request' });
    await expect(client.ask('whip:close', {} as never)).rejects.toMatchObject({ code: 'bad-request' });
  });

  it('without a pump is unavailable at once', async () => {
    await expect(open().ask('clock', null)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('a pump that goes away settles what was asked, and is found again', async () => {
    const first = await serve({ clock: () => new Promise(() => undefined) });
    let greetings = 0;
    let losses = 0;
    const client = open({
      onConnected: () => {
        greetings += 1;
        return Promise.resolve();
      },
      onDisconnected: () => (losses += 1),
    });
    await connected(client);
    const asked = client.ask('clock', null);
    await first.close();
    await expect(asked).rejects.toMatchObject({ code: 'unavailable' });
    await serve();
    await connected(client);
    await expect(client.ask('clock', null)).resolves.toEqual({ serverTimeMs: 1 });
    expect({ greetings, losses }).toEqual({ greetings: 2, losses: 1 });
  });

  it('a greeting that fails is tried again', async () => {
    await serve();
    let tries = 0;
    const client = open({
      onConnected: () => (++tries < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve()),
    });
    await connected(client);
    expect(tries).toBe(3);
  });
});

describe('notices', () => {
  it('reach every door in order', async () => {
    const server = await serve();
    const seen: Notice[][] = [[], []];
    for (const list of seen) await connected(open({ onNotice: (notice) => list.push(notice) }));
    for (const pathId of ['a', 'b', 'c']) server.notify({ type: 'path-closed', pathId });
    await waitFor(() => (seen.every((list) => list.length === 3) ? '' : JSON.stringify(seen)));
    expect(seen[0]?.map((notice) => notice.type === 'path-closed' && notice.pathId)).toEqual(['a', 'b', 'c']);
  });

  it('that are not ours end the connection, which comes back', async () => {
    const server = await serve();
    let greetings = 0;
    const client = open({
      onConnected: () => {
        greetings += 1;
        return Promise.resolve();
      },
    });
    await connected(client);
    server.notify({ type: 'nonsense' } as never);
    await waitFor(() => (greetings === 2 && client.connected ? '' : `${greetings} greetings`));
  });
});

describe('what a door must not be able to do to the pump', () => {
  const oversize = Buffer.alloc(4);
  oversize.writeUInt32BE(MAX_LINK_FRAME_BYTES + 1);

  it.each([
    ['no JSON', Buffer.from([0, 0, 0, 2, 0x7b, 0x7b])],
    ['no request', encodeFrame('hello')],
    ['an unknown request', encodeFrame({ id: 1, type: 'constructor', ask: null })],
    ['a frame that is too long', oversize],
  ])('%s ends that connection only', async (_, bytes) => {
    await serve();
    const good = open();
    await connected(good);
    const bad = await rawSocket();
    bad.write(bytes);
    await waitFor(() => (bad.closed ? '' : 'the end of the bad connection'));
    expect(good.connected).toBe(true);
    await expect(good.ask('clock', null)).resolves.toEqual({ serverTimeMs: 1 });
  });

  it('a door that does not read is given up; the others get everything', async () => {
    const server = await serve();
    let seen = 0;
    await connected(open({ onNotice: () => (seen += 1) }));
    const deaf = await rawSocket();
    deaf.pause();
    const label = 'x'.repeat(500_000);
    const source = { sourceId: 's' as never, label, connected: true, packetsPerSecond: 0, droppedPackets: 0 };
    const count = Math.ceil(MAX_UNREAD_BYTES / label.length) + 4;
    for (let n = 0; n < count; n++) {
      server.notify({ type: 'source', source });
      await waitFor(() => (seen === n + 1 ? '' : `${seen} of ${n + 1} notices`));
    }
    deaf.resume();
    await waitFor(() => (deaf.closed ? '' : 'the end of the deaf connection'));
  });
});

describe('the socket file', () => {
  it('is for its owner alone', async () => {
    await serve();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('of a pump that runs is not taken away; a leftover is replaced', async () => {
    const first = await serve();
    await expect(createLinkServer(path, handlersWith({}), log)).rejects.toThrow(/another pump/);
    await connected(open());
    await first.close();
    writeFileSync(path, '');
    await serve();
    await connected(open());
  });

  it('a notice is sent as it is', async () => {
    const server = await serve();
    const socket = await rawSocket();
    let bytes = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => (bytes = Buffer.concat([bytes, chunk])));
    server.notify(NOTICE);
    await waitFor(() => (bytes.equals(encodeFrame({ notice: NOTICE })) ? '' : 'the frame'));
  });
});

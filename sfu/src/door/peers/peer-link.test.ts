import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { pino } from 'pino';
import { Server } from 'socket.io';
import { expect, it, vi } from 'vitest';
import { openPeerLink } from './peer-link.ts';

const WAIT = { timeout: 15_000, interval: 20 };

it('NP1: a door that was sent away by the other one is not heard, and comes back by itself', async () => {
  const http = createServer();
  const sockets = new Server(http);
  const doors = sockets.of('/doors');
  doors.on('connection', (socket) => socket.emit('door:picture', { receivers: [], sources: [], segments: [] }));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const said: string[] = [];
  const link = openPeerLink({
    url: `http://127.0.0.1:${String((http.address() as AddressInfo).port)}`,
    accessToken: 'token',
    log: pino({ level: 'silent' }),
    serverNow: Date.now,
    onPicture: () => said.push('picture'),
    onChange: () => said.push('change'),
    onLost: () => said.push('lost'),
  });
  await vi.waitFor(() => expect(said).toEqual(['picture']), WAIT);
  doors.disconnectSockets(true);
  await vi.waitFor(() => expect(said).toEqual(['picture', 'lost', 'picture']), WAIT);
  link.close();
  expect(said.at(-1)).toBe('lost');
  await sockets.close();
});

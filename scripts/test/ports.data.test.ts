import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { findPortConflicts } from '../start/ports.ts';
import { readStartSettings } from '../start/settings.ts';

// Below those that systems give out by themselves, and not where anything of ours stands by default.
const BASE = 20_000 + 10 * Math.floor(Math.random() * 900);
const MEDIA = BASE + 5;
const settings = readStartSettings({
  STUDIO_PORT: String(BASE),
  SFU_PORT: String(BASE + 1),
  SFU_MEDIA_PORT: String(MEDIA),
  SFU_WORKERS: '3',
});

const squatters: Array<Server | Socket> = [];
afterEach(() => {
  for (const squatter of squatters.splice(0)) squatter.close();
});

async function takeTcp(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1');
  squatters.push(server);
  await once(server, 'listening');
}

async function takeUdp(port: number): Promise<void> {
  const socket = createSocket('udp4');
  squatters.push(socket);
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
}

it('finds nothing where all is free', async () => {
  expect(await findPortConflicts(settings)).toEqual([]);
});

it('finds a media port that is taken over TCP alone, for a worker opens both', async () => {
  await takeTcp(MEDIA);
  expect(await findPortConflicts(settings)).toEqual([
    expect.stringMatching(
      new RegExp(`port ${MEDIA} \\(TCP\\).*\\(media\\).*Try: SFU_MEDIA_PORT=${MEDIA + 10} npm start`),
    ),
  ]);
});

it.each([1, 2])('finds the port of media worker %i beyond the first', async (slot) => {
  await takeUdp(MEDIA + slot);
  const [line, ...others] = await findPortConflicts(settings);
  expect(line).toContain(`port ${MEDIA + slot} (UDP)`);
  // What moves is the first port: the others follow it.
  expect(line).toContain(`SFU_MEDIA_PORT=${MEDIA + 10} npm start`);
  expect(others).toEqual([]);
});

it('looks at no port that no worker will open', async () => {
  await takeUdp(MEDIA + 3);
  expect(await findPortConflicts(settings)).toEqual([]);
});

it('finds ports that do not exist', async () => {
  const last = readStartSettings({
    ...{ STUDIO_PORT: String(BASE), SFU_PORT: String(BASE + 1) },
    SFU_MEDIA_PORT: '65535',
    SFU_WORKERS: '2',
  });
  expect((await findPortConflicts(last)).join()).toContain('port 65536');
});

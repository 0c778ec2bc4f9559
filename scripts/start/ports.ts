import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { StartSettings } from './settings.ts';

const isTcpFree = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });

const isUdpFree = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.once('error', () => resolve(false));
    socket.bind(port, host, () => socket.close(() => resolve(true)));
  });

/** One line per port that somebody else has, with the setting that moves ours; empty when all are free. */
export const findPortConflicts = async ({ door, media, studio, redis }: StartSettings): Promise<string[]> => {
  const host = '127.0.0.1';
  const wanted = [
    { setting: 'STUDIO_PORT', what: 'studio', ...studio, free: await isTcpFree(studio.host, studio.port) },
    { setting: 'SFU_PORT', what: 'door', ...door, free: await isTcpFree(door.host, door.port) },
    { setting: 'SFU_MEDIA_PORT', what: 'media', ...media, free: await isUdpFree(media.host, media.port) },
    ...(redis.own
      ? [{ setting: 'LOA_REDIS_PORT', what: 'Redis', host, ...redis.own, free: await isTcpFree(host, redis.own.port) }]
      : []),
  ];
  return wanted
    .filter(({ free }) => !free)
    .map(({ setting, what, host, port }) => {
      const example = `${setting}=${String(port + 10)} npm start`;
      return `Cổng ${String(port)} đang bị chiếm · port ${String(port)} on ${host} (${what}) is in use or not ours. Try: ${example}`;
    });
};

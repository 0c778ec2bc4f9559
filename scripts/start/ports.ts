import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { StartSettings } from './settings.ts';

const LOOPBACK = '127.0.0.1';
const LAST_PORT = 65_535;
/** How far away a port is proposed: beyond our own neighbours. */
const PROPOSED_STEP = 10;

type Transport = 'TCP' | 'UDP';

/** One port that a program of ours will open, and the setting that moves it. */
export interface WantedPort {
  readonly setting: string;
  readonly what: string;
  readonly host: string;
  readonly port: number;
  readonly transport: Transport;
  /** A value of the setting that moves it out of the way. */
  readonly proposed: number;
}

const canListen: Record<Transport, (host: string, port: number) => Promise<boolean>> = {
  TCP: (host, port) =>
    new Promise((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen(port, host, () => server.close(() => resolve(true)));
    }),
  UDP: (host, port) =>
    new Promise((resolve) => {
      const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
      socket.once('error', () => resolve(false));
      socket.bind(port, host, () => socket.close(() => resolve(true)));
    }),
};

/** Every port of a node; each media worker has one of its own, which takes media over UDP and, where that is blocked, TCP. */
export const wantedPorts = ({ door, media, studio, redis }: StartSettings): WantedPort[] => {
  const tcp = (setting: string, what: string, { host, port }: { host: string; port: number }): WantedPort => ({
    ...{ setting, what, host, port },
    transport: 'TCP',
    proposed: port + PROPOSED_STEP,
  });
  return [
    tcp('STUDIO_PORT', 'studio', studio),
    tcp('SFU_PORT', 'door', door),
    ...Array.from({ length: media.workers }, (_, slot) => media.port + slot).flatMap((port) =>
      (['UDP', 'TCP'] as const).map((transport) => ({
        setting: 'SFU_MEDIA_PORT',
        what: 'media',
        host: media.host,
        port,
        transport,
        proposed: media.port + Math.max(PROPOSED_STEP, media.workers),
      })),
    ),
    ...(redis.own ? [tcp('LOA_REDIS_PORT', 'Redis', { host: LOOPBACK, port: redis.own.port })] : []),
  ];
};

/** One line per port that somebody else has, with the setting that moves ours; empty when all are free. */
export const findPortConflicts = async (settings: StartSettings): Promise<string[]> => {
  const checked = await Promise.all(
    wantedPorts(settings).map(async (wanted) => ({
      ...wanted,
      free: wanted.port <= LAST_PORT && (await canListen[wanted.transport](wanted.host, wanted.port)),
    })),
  );
  return checked
    .filter(({ free }) => !free)
    .map(({ setting, what, host, port, transport, proposed }) => {
      const example = `${setting}=${String(proposed)} npm start`;
      return `Cổng ${String(port)} (${transport}) đang bị chiếm · port ${String(port)} (${transport}) on ${host} (${what}) is in use or not ours. Try: ${example}`;
    });
};

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Connections of all kinds; each receiver and each page holds one or two. */
const MAX_CONNECTIONS = 20_000;
/** No upload takes an hour, and no header takes a minute. */
const REQUEST_TIMEOUT_MS = 3_600_000;
const HEADERS_TIMEOUT_MS = 20_000;

/** A server that is not open yet. */
export function createBoundedServer(): Server {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: HEADERS_TIMEOUT_MS });
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

/** @returns The port; `port` 0 lets the system choose one. Throws when the address is taken. */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

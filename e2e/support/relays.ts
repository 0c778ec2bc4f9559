import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

const HOST = '127.0.0.1';

/** A port of its own through which everything goes to a server of this machine, and which can be dead for a while. */
export interface Relay {
  readonly port: number;
  /** From now on nothing goes through, and nobody is told: as on a radio link out of reach. */
  cut(): void;
  restore(): void;
  close(): Promise<void>;
}

/** What was sent over a dead TCP relay arrives when it works again, as by TCP's own repetitions. */
export async function relayTcp(toPort: number): Promise<Relay> {
  let dead = false;
  const sockets = new Set<Socket>();
  const join = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.on('data', (data) => to.write(data));
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    if (dead) from.pause();
  };
  const server = createServer({ allowHalfOpen: true }, (page) => {
    const door = connect({ port: toPort, host: HOST, allowHalfOpen: true });
    join(page, door);
    join(door, page);
  });
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      dead = true;
      for (const socket of sockets) socket.pause();
    },
    restore() {
      dead = false;
      for (const socket of sockets) socket.resume();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Datagrams over a dead UDP relay are lost. Each client has an address of its own before the server, which `restore` keeps. */
export async function relayUdp(toPort: number): Promise<Relay> {
  let dead = false;
  const outer = createSocket('udp4');
  const inner = new Map<string, UdpSocket>();
  const innerOf = (client: RemoteInfo): UdpSocket => {
    const key = `${client.address}:${client.port}`;
    const known = inner.get(key);
    if (known) return known;
    const socket = createSocket('udp4');
    inner.set(key, socket);
    // A worker that has closed its port answers with an error, which a lossy medium does not have.
    socket.on('error', () => undefined);
    socket.on('message', (data) => {
      if (!dead) outer.send(data, client.port, client.address);
    });
    return socket;
  };
  outer.on('error', () => undefined);
  outer.on('message', (data, client) => {
    if (!dead) innerOf(client).send(data, toPort, HOST);
  });
  await new Promise<void>((resolve) => outer.bind(0, HOST, resolve));
  return {
    port: outer.address().port,
    cut: () => (dead = true),
    restore: () => (dead = false),
    async close() {
      for (const socket of inner.values()) socket.close();
      await new Promise<void>((resolve) => outer.close(resolve));
    },
  };
}

import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A link that can be made slow, silent or dead, in front of a server of this machine. */
export interface Relay {
  readonly port: number;
  /** Where new connections lead; known only once the server runs. */
  leadTo(port: number): void;
  /** From now on everything arrives this much later, both ways. */
  setDelay(ms: number): void;
  /** Ends all connections and takes no new ones. */
  cut(): void;
  /** Nothing passes and nobody is told, as when packets are dropped. */
  mute(): void;
  heal(): void;
  /** Ends the connections of this moment; new ones are welcome. */
  reset(): void;
  close(): Promise<void>;
}

export async function startRelay(firstTarget: number): Promise<Relay> {
  let targetPort = firstTarget;
  const sockets = new Set<Socket>();
  let mode: 'open' | 'cut' | 'muted' = 'open';
  let delayMs = 0;

  const reset = () => {
    for (const socket of sockets) socket.destroy();
  };
  const pipe = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.setNoDelay(true);
    from.on('error', () => undefined);
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    from.on('data', (chunk: Buffer) => {
      if (mode !== 'open') return;
      if (delayMs === 0) to.write(chunk);
      else setTimeout(() => void (to.destroyed || to.write(chunk)), delayMs);
    });
  };
  const server = createServer((near) => {
    if (mode === 'cut') {
      near.destroy();
      return;
    }
    const far = connect(targetPort, '127.0.0.1');
    pipe(near, far);
    pipe(far, near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    leadTo: (port) => void (targetPort = port),
    setDelay: (ms) => void (delayMs = ms),
    cut() {
      mode = 'cut';
      reset();
    },
    mute: () => void (mode = 'muted'),
    heal() {
      // What was dropped in the middle of a conversation is missing there for ever.
      if (mode === 'muted') reset();
      mode = 'open';
    },
    reset,
    async close() {
      reset();
      server.close();
      await once(server, 'close');
    },
  };
}

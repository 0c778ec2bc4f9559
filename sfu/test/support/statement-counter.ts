import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A way to a PostgreSQL on which everything that is asked is counted. */
export interface StatementCounter {
  /** The address of the database over this way. */
  readonly url: string;
  /** Statements that were executed since it began. */
  readonly count: number;
  close(): Promise<void>;
}

/** First bytes of messages that execute something: a simple query, and a prepared one. */
const EXECUTES = new Set(['Q'.charCodeAt(0), 'E'.charCodeAt(0)]);
const LENGTH_BYTES = 4;

/** Counts the messages of one connection; the very first has no type, only its length (PostgreSQL's protocol, "Message Formats"). */
function createReader(onStatement: () => void): (data: Buffer) => void {
  let rest = Buffer.alloc(0);
  let started = false;
  return (data) => {
    rest = Buffer.concat([rest, data]);
    for (;;) {
      const head = started ? 1 : 0;
      if (rest.length < head + LENGTH_BYTES) return;
      const size = head + rest.readUInt32BE(head);
      if (rest.length < size) return;
      if (started && EXECUTES.has(rest[0] ?? 0)) onStatement();
      started = true;
      rest = rest.subarray(size);
    }
  };
}

export async function countStatements(databaseUrl: string): Promise<StatementCounter> {
  const { hostname, port } = new URL(databaseUrl);
  const open = new Set<Socket>();
  let count = 0;
  const server = createServer((client) => {
    const database = connect(Number(port), hostname);
    const read = createReader(() => (count += 1));
    for (const [socket, other] of [
      [client, database],
      [database, client],
    ] as const) {
      open.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
    }
    client.on('data', read);
    client.pipe(database);
    database.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = Object.assign(new URL(databaseUrl), {
    hostname: '127.0.0.1',
    port: String((server.address() as AddressInfo).port),
  });
  return {
    url: url.href,
    get count() {
      return count;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

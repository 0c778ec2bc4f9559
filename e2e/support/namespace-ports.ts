import { connect, createServer, type Socket } from 'node:net';

/**
 * Runs in a network namespace: `node namespace-ports.ts FOLDER PORT…`. What comes to the socket file PORT in FOLDER goes to that port of the loopback address there; files
 * know no namespaces. Says `ready` and ends with its input.
 */
const [folder = '', ...ports] = process.argv.slice(2);

const join = (one: Socket, other: Socket): void => {
  one.pipe(other);
  one.on('error', () => other.destroy());
  one.on('close', () => other.destroy());
};

for (const port of ports) {
  const server = createServer({ allowHalfOpen: true }, (from) => {
    const to = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true });
    join(from, to);
    join(to, from);
  });
  await new Promise<void>((resolve) => server.listen(`${folder}/${port}`, resolve));
}
process.stdout.write('ready\n');
process.stdin.resume().on('end', () => process.exit());

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { io, type Socket } from 'socket.io-client';
import type { ReceiverView } from '@loa/shared/protocol/receivers';
import { createDemoDatabase } from '@loa/prisma/testing/demo-database';
import type { TemporaryDatabase } from '@loa/prisma/testing/temporary-database';
import { type SfuStack, startSfuStack } from './support/sfu-stack.ts';
import { countStatements, type StatementCounter } from './support/statement-counter.ts';
import { waitFor } from './support/wait-for.ts';

/** All receivers of a city come back in the same moment. */

const RECEIVERS = 250;
const ID = /^returns-/;

let database: TemporaryDatabase;
let counter: StatementCounter;
let sfu: SfuStack;
let sockets: Socket[] = [];

beforeAll(async () => {
  database = await createDemoDatabase();
  counter = await countStatements(database.url);
  sfu = await startSfuStack({ settings: { DATABASE_URL: counter.url } });
});
afterAll(async () => {
  for (const socket of sockets) socket.close();
  await sfu.close();
  await counter.close();
  await database.close();
});

const listed = async (): Promise<ReceiverView[]> =>
  ((await (await sfu.get('/api/v1/receivers')).json()) as { receivers: ReceiverView[] }).receivers.filter(
    ({ receiverId }) => ID.test(receiverId),
  );
const untilOnline = (count: number) =>
  waitFor(async () => {
    const online = (await listed()).filter((view) => view.online).length;
    return online === count ? '' : `${online} of ${count} online`;
  });
const seenInDatabase = (after: Date) =>
  database.prisma.receiver.count({ where: { id: { startsWith: 'returns-' }, lastSeenAt: { gte: after } } });

/** All of them connect and register at once. */
function comeBack(): void {
  sockets = Array.from({ length: RECEIVERS }, (_, n) => {
    const socket = io(`${sfu.url}/receivers`, {
      auth: { protocol: 1, token: sfu.token },
      transports: ['websocket'],
      forceNew: true,
    });
    const registration = {
      receiverId: `returns-${n}`,
      name: `Loa ${n}`,
      kind: 'fleet',
      zone: '26506',
      softwareVersion: 'test',
    };
    socket.on('connect', () => void socket.emitWithAck('receiver:register', registration));
    return socket;
  });
}

describe('F51: hundreds of receivers that come back at once', () => {
  it('are all there again, and the database is asked a few times, not once for each', async () => {
    comeBack();
    await untilOnline(RECEIVERS);
    await waitFor(async () => ((await seenInDatabase(new Date(0))) === RECEIVERS ? '' : 'the first rows'));
    for (const socket of sockets) socket.close();
    await untilOnline(0);
    await waitFor(async () => {
      const before = counter.count;
      await new Promise((resolve) => setTimeout(resolve, 500));
      return counter.count - before <= 2 ? '' : 'the database still stores that they are away';
    });

    const since = new Date();
    const before = counter.count;
    comeBack();
    await untilOnline(RECEIVERS);
    await waitFor(async () => ((await seenInDatabase(since)) === RECEIVERS ? '' : 'what was stored of them'));
    expect(counter.count - before).toBeLessThan(RECEIVERS / 4);
  });
});

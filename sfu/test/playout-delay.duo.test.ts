import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LONE_DELAY_MS, SHARED_DELAY_MS } from '@loa/shared/protocol/limits';
import type { ZoneDelay } from '@loa/shared/protocol/playout-delay';
import type { ReceiverView } from '@loa/shared/protocol/receivers';
import type { Zone } from '@loa/shared/zones/zone';
import { reportOf } from './support/receiver-report.ts';
import { type JoinedReceiver } from './support/rig.ts';
import type { SfuStack } from './support/sfu-stack.ts';
import { startTwoNodes, type TwoNodes } from './support/two-nodes.ts';
import { waitFor } from './support/wait-for.ts';

/** Who is heard together is moved together, by the order of the server, on all nodes. */

let nodes: TwoNodes['nodes'];
let rigs: TwoNodes['rigs'];

beforeAll(async () => {
  const network = await startTwoNodes({ ownData: true, settings: { SFU_ZONE_CHECK_MS: '500' } });
  ({ nodes, rigs } = network);
  for (const node of nodes)
    await waitFor(async () => {
      const { connectedPeers } = (await (await node.get('/api/v1/node')).json()) as { connectedPeers: number };
      return connectedPeers === 1 ? '' : 'the other door';
    });
  return network.close;
});
afterEach(async () => {
  for (const rig of rigs) await rig.reset();
});

type Order = Pick<ZoneDelay, 'playoutDelayMs' | 'delayMove'>;

/** The orders that a receiver is given from now on. */
function ordersTo({ socket }: JoinedReceiver): Order[] {
  const orders: Order[] = [];
  socket.on('receiver:settings', (settings: Partial<Order>) => {
    if (settings.playoutDelayMs !== undefined) orders.push(settings as Order);
  });
  return orders;
}

const clusterOf = (wardCode: string, n = 1) => nodes[0].zoneByCode(`77.${wardCode}.L.${String(n).padStart(4, '0')}`);
const setDelay = (node: SfuStack, zoneId: string, playoutDelayMs: unknown) =>
  node.call('PATCH', `/api/v1/zones/${zoneId}`, { playoutDelayMs });

/** Sets a delay before anybody is in the zone, so that nobody moves to the usual one first: one move ends before the next one is ordered. */
async function begin(zoneId: string, playoutDelayMs: number): Promise<void> {
  await setDelay(nodes[0], zoneId, playoutDelayMs);
  await untilShown(zoneId, playoutDelayMs);
}

/** Waits until the other node knows what was set. */
const untilShown = (zoneId: string, playoutDelayMs: number) =>
  waitFor(async () => {
    const { zones } = (await (await nodes[1].get('/api/v1/zones')).json()) as { zones: Zone[] };
    const shown = zones.find(({ id }) => id === zoneId)?.playoutDelayMs;
    return shown === playoutDelayMs ? '' : 'the delay in the tree of the other node';
  });

/** Takes the receivers of the demo out of a ward. */
async function vacate(wardCode: string): Promise<void> {
  const isThere = (zoneId: string) =>
    nodes[0].zones.find(({ id }) => id === zoneId)?.code.startsWith(`77.${wardCode}.`);
  const there = (await nodes[0].prisma.receiver.findMany()).filter(({ zoneId }) => isThere(zoneId)).map(({ id }) => id);
  await nodes[0].prisma.receiver.updateMany({ where: { id: { in: there } }, data: { removedAt: new Date() } });
  for (const node of nodes)
    await waitFor(async () => {
      const { receivers } = (await (await node.get('/api/v1/receivers')).json()) as { receivers: ReceiverView[] };
      return receivers.some(({ zoneId }) => isThere(zoneId)) ? 'an empty ward' : '';
    });
}

describe('playout delay by order', () => {
  it('PO33, PO35: the second loudspeaker of a ward, on the other node, moves both from the same stamp; a new connection is told the same', async () => {
    await vacate('26506');
    const one = await rigs[0].join(clusterOf('26506').code);
    expect(one.assignment).toMatchObject({ playoutDelayMs: LONE_DELAY_MS, delayMove: null });
    const toOne = ordersTo(one);
    const two = await rigs[1].join(clusterOf('26506', 2).code);
    // It may have been told already, while it joined, before anybody listened here: so it asks again.
    await waitFor(() => (toOne.length > 0 ? '' : 'the order'));
    expect(toOne.at(-1)).toMatchObject({ playoutDelayMs: SHARED_DELAY_MS, delayMove: { previousMs: LONE_DELAY_MS } });
    await waitFor(async () => {
      const { delayMove } = (await rigs[1].rejoin(two)).assignment;
      return delayMove?.fromMs === toOne.at(-1)?.delayMove?.fromMs ? '' : 'the same order';
    });
    expect((await rigs[1].rejoin(two)).assignment).toMatchObject(toOne.at(-1) ?? {});
  });

  it('PO33: what an administrator sets for a zone is shown, moves its receivers on both nodes, and outlives the door', async () => {
    const ward = nodes[0].zoneByCode('26509');
    await begin(ward.id, LONE_DELAY_MS);
    const [one, two] = [await rigs[0].join(clusterOf('26509').code), await rigs[1].join(clusterOf('26509', 2).code)];
    const [toOne, toTwo] = [ordersTo(one), ordersTo(two)];
    const answer = await setDelay(nodes[0], ward.id, LONE_DELAY_MS + 4);
    expect([answer.status, await answer.json()]).toMatchObject([
      200,
      { id: ward.id, playoutDelayMs: LONE_DELAY_MS + 4 },
    ]);
    await waitFor(() => (toOne.at(-1)?.playoutDelayMs === LONE_DELAY_MS + 4 ? '' : 'the order'));
    await waitFor(() => (toTwo.at(-1)?.delayMove?.fromMs === toOne.at(-1)?.delayMove?.fromMs ? '' : 'the same order'));
    await untilShown(ward.id, LONE_DELAY_MS + 4);
    await waitFor(async () =>
      (await nodes[0].prisma.delayOrder.findUnique({ where: { zoneId: ward.id } })) ? '' : 'the stored order',
    );
    // PO72: both nodes say what holds there.
    const expected = { zoneId: ward.id, ...toOne.at(-1) };
    for (const node of nodes)
      await waitFor(async () => {
        const { delays } = (await (await node.get('/api/v1/delays')).json()) as { delays: ZoneDelay[] };
        const held = delays.find(({ zoneId }) => zoneId === ward.id);
        return held?.delayMove?.fromMs === expected.delayMove?.fromMs ? '' : `what holds, not ${JSON.stringify(held)}`;
      });
    await nodes[0].restartDoor();
    const again = await rigs[0].join(clusterOf('26509').code);
    expect(again.assignment).toMatchObject(toOne.at(-1) ?? {});
  });

  it('PO34: what one receiver needs raises the delay of all in its ward', async () => {
    await begin(nodes[0].zoneByCode('26512').id, SHARED_DELAY_MS);
    const [one, two] = [await rigs[0].join(clusterOf('26512').code), await rigs[1].join(clusterOf('26512', 2).code)];
    const toTwo = ordersTo(two);
    await one.socket.timeout(5_000).emitWithAck('receiver:report', { ...reportOf([]), neededDelayMs: 230 });
    await waitFor(() => ((toTwo.at(-1)?.playoutDelayMs ?? 0) >= 230 ? '' : 'a delay that is long enough'), 30_000);
  });

  it('PO80, PO83: a part of a ward that gets a delay of its own, and gives it back, moves by one order on both nodes', async () => {
    const street = nodes[0].zones.find(({ id }) => id === clusterOf('26515').parentId)?.id ?? '';
    await begin(nodes[0].zoneByCode('26515').id, SHARED_DELAY_MS);
    const [one, two] = [await rigs[0].join(clusterOf('26515').code), await rigs[1].join(clusterOf('26515').code)];
    const [toOne, toTwo] = [ordersTo(one), ordersTo(two)];
    const untilOrdered = (playoutDelayMs: number, previousMs: number) =>
      waitFor(() => {
        const last = [toOne.at(-1), toTwo.at(-1)].map((order) => [order?.playoutDelayMs, order?.delayMove?.previousMs]);
        const isSame = toOne.at(-1)?.delayMove?.fromMs === toTwo.at(-1)?.delayMove?.fromMs;
        return isSame && last.every(([to, from]) => to === playoutDelayMs && from === previousMs) ? '' : 'the order';
      });
    await setDelay(nodes[0], street, SHARED_DELAY_MS + 4);
    await untilOrdered(SHARED_DELAY_MS + 4, SHARED_DELAY_MS);
    await setDelay(nodes[1], street, null);
    await untilOrdered(SHARED_DELAY_MS, SHARED_DELAY_MS + 4);
    // A receiver may be told the same order again; there was one for each move, the same on both nodes.
    const moves = [toOne, toTwo].map((orders) =>
      [...new Set(orders.map(({ delayMove }) => delayMove?.fromMs))].slice(-2),
    );
    expect(moves[0]).toEqual(moves[1]);
    expect(toTwo).toHaveLength(2);
  });

  it('refuses what is no delay, and a zone that is not there', async () => {
    const ward = nodes[0].zoneByCode('26509');
    const refused = [5, 6_000, '200', undefined].map((delay) => setDelay(nodes[0], ward.id, delay));
    expect((await Promise.all(refused)).map(({ status }) => status)).toEqual([400, 400, 400, 400]);
    expect((await setDelay(nodes[0], 'nowhere', 100)).status).toBe(404);
    await expect(
      nodes[0].prisma.zone.update({ where: { id: ward.id }, data: { playoutDelayMs: 5 } }),
    ).rejects.toThrow();
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BroadcastView } from '@loa/shared/protocol/live';
import { childrenOf } from './support/children.ts';
import { createRig, type JoinedReceiver, numbersOf, type Rig } from './support/rig.ts';
import { type SfuStack, startSfuStack } from './support/sfu-stack.ts';
import { waitFor } from './support/wait-for.ts';

/** Several media workers under one pump, and what is left when one of them dies. */

let sfu: SfuStack;
let rig: Rig;

beforeAll(async () => {
  sfu = await startSfuStack({ separate: true, settings: { SFU_WORKERS: '2' } });
  rig = createRig(sfu);
});
afterAll(() => sfu.close());
afterEach(() => rig.reset());

/** Process ids of the media workers, in the order of their start. */
const workerPids = () => childrenOf(sfu.pumpPid);

async function kill(pids: readonly number[]): Promise<void> {
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  const replaced = () => workerPids().length === 2 && !workerPids().some((pid) => pids.includes(pid));
  await waitFor(() => (replaced() ? '' : 'the new workers'));
}

const untilHeard = (receiver: JoinedReceiver, tone: number) => {
  const before = numbersOf(receiver, tone).length;
  return waitFor(() => (numbersOf(receiver, tone).length > before + 20 ? '' : `voice ${tone}`));
};

function expectNoGap(receiver: JoinedReceiver, tone: number): void {
  const numbers = numbersOf(receiver, tone);
  for (const [i, n] of numbers.entries()) if (i > 0) expect(n).toBe((numbers[i - 1] ?? 0) + 1);
}

describe('a media worker that dies', () => {
  it('is replaced: its receivers join again, the others lose nothing, the broadcast goes on', async () => {
    const source = await rig.speak(1);
    const [first, second] = [await rig.join('26509'), await rig.join('26509')];
    const { broadcastId } = await rig.startLive(source, ['26509']);
    await Promise.all([untilHeard(first, 1), untilHeard(second, 1)]);

    // The source came first and is on the first worker; of the two receivers each worker has one.
    await kill(workerPids().slice(1));
    const [kept, lost] = await Promise.race([
      untilHeard(first, 1).then(() => [first, second] as const),
      untilHeard(second, 1).then(() => [second, first] as const),
    ]);
    expectNoGap(kept, 1);
    const heardByLost = numbersOf(lost, 1).length;
    await untilHeard(kept, 1);
    expect(numbersOf(lost, 1).length).toBe(heardByLost);

    await untilHeard(await rig.rejoin(lost), 1);
    expectNoGap(kept, 1);
    expect(await rig.broadcast(broadcastId)).toMatchObject({ phase: 'on-air', sourceKeepUntil: null });
  });

  it('BR16: keeps the zones of a presenter who was connected to it until the next session, also when all of them die', async () => {
    const source = await rig.speak(2);
    const { broadcastId } = await rig.startLive(source, ['26509']);
    await kill(workerPids());
    await waitFor(async () => ((await rig.broadcast(broadcastId)).sourceKeepUntil === null ? 'source-lost' : ''));

    const again = await rig.speak(3);
    const studio = await rig.studio();
    const attach = { broadcastId, sourceId: again.sourceId };
    const answer = (await studio.timeout(5_000).emitWithAck('broadcast:attach', attach)) as { data: BroadcastView };
    expect(answer.data).toMatchObject({ broadcastId, sourceKeepUntil: null });
    await untilHeard(await rig.join('26509'), 3);
  });
});

import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isStandIn } from '@loa/shared/protocol/stand-in';
import { snapshotOf, untilAuthority } from './support/authority.ts';
import { convert, makeSpeech } from './support/audio-files.ts';
import type { RedisServer } from './support/redis-server.ts';
import { type Relay, startRelay } from './support/relay.ts';
import { type JoinedReceiver, numbersOf, type Rig } from './support/rig.ts';
import { outcomeOf, uploadSegment } from './support/segment-upload.ts';
import { startTwoNodes, type TwoNodes } from './support/two-nodes.ts';
import { waitFor } from './support/wait-for.ts';

/** Two nodes, each behind a link of its own to the one Redis; one of them is cut off while the other goes on. */

/** Longer than a record lives and is missed (9 s), and than a lease, its vacancy and the slot of a lost source (19 s). */
const CUT_OFF_MS = 25_000;

let redis: RedisServer;
let links: [Relay, Relay];
let nodes: TwoNodes['nodes'];
let rigs: TwoNodes['rigs'];

beforeAll(async () => {
  const network = await startTwoNodes({
    separate: true,
    reach: async ({ port }) => {
      links = [await startRelay(port), await startRelay(port)];
      return [`redis://127.0.0.1:${links[0].port}`, `redis://127.0.0.1:${links[1].port}`];
    },
  });
  ({ redis, nodes, rigs } = network);
  return async () => {
    await network.close();
    for (const link of links) await link.close();
  };
});
afterEach(async () => {
  for (const link of links) link.heal();
  for (const rig of rigs) await untilAuthority(rig, 'shared');
  for (const rig of rigs) await rig.reset();
});

const untilHeard = (receiver: JoinedReceiver, tone: number) => {
  const before = numbersOf(receiver, tone).length;
  return waitFor(() => (numbersOf(receiver, tone).length > before + 20 ? '' : `voice ${tone}`));
};

/** A loaded machine loses a frame now and then; who was forgotten is silent for seconds. */
const LONGEST_GAP_FRAMES = 15;

/** Throws when this voice was silent for long, from the frame with this index on. */
function expectUnbroken(receiver: JoinedReceiver, tone: number, from: number, atLeast = CUT_OFF_MS / 20): void {
  const numbers = [...new Set(numbersOf(receiver, tone).slice(from))].sort((one, other) => one - other);
  const longest = Math.max(...numbers.slice(1).map((n, i) => n - (numbers[i] ?? 0)));
  expect(longest, `voice ${tone} from ${numbers[0]} to ${numbers.at(-1)}`).toBeLessThan(LONGEST_GAP_FRAMES);
  expect(numbers.length).toBeGreaterThan(0.98 * atLeast);
}

/** Throws unless this node's desk shows all of these as connected, wherever they are. */
async function expectOnline(rig: Rig, receivers: readonly JoinedReceiver[]): Promise<void> {
  const shown = new Map((await snapshotOf(rig)).receivers.map((view) => [view.receiverId as string, view.online]));
  expect(receivers.map(({ receiverId }) => shown.get(receiverId))).toEqual(receivers.map(() => true));
}

async function startSegment(rig: Rig, zone: string): Promise<{ broadcastId: string; tag: number }> {
  const path = await makeSpeech(nodes[0].dataDir);
  const long = await convert(path, join(nodes[0].dataDir, 'long.wav'), '-af', 'aloop=loop=14:size=2e9');
  const { segmentId, durationMs } = await outcomeOf(nodes[0], await uploadSegment(nodes[0], long));
  const answer = await rig.start({ kind: 'segment', segmentId, durationMs }, [zone]);
  if (answer.status !== 201) throw new Error(`not started: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as { broadcastId: string; tag: number };
}

/** Live broadcasts about which the log tells something else than that they began. */
async function toldOf(broadcastIds: readonly string[]): Promise<string[]> {
  const rows = await nodes[0].prisma.logEvent.findMany({ where: { broadcastId: { in: [...broadcastIds] } } });
  return rows.map(({ type }) => type).filter((type) => type !== 'broadcast-started');
}

describe('one node of two is cut off from Redis, the other is not', () => {
  it.each([
    ['of the presenters', 0, 'cut'],
    ['of the listeners', 1, 'mute'],
  ] as const)(
    'ND30, ND32, LS10, LA20: that %s: what was on air stays on air on both, and both desks show all receivers',
    async (_, cutOff, how) => {
      const [a, b] = rigs;
      const [near, far] = [await a.join('26506'), await b.join('26506')];
      const [nearAlarm, farAlarm] = [await a.join('26509'), await b.join('26509')];
      const [nearTape, farTape] = [await a.join('26512'), await b.join('26512')];
      const [here, there] = [rigs[cutOff], rigs[1 - cutOff] ?? a];
      const [first, second] = [await here.join('26521'), await here.join('26524')];
      const receivers = [near, far, nearAlarm, farAlarm, nearTape, farTape, first, second];
      const voice = await a.startLive(await a.speak(1), ['26506']);
      const alarm = await a.startLive(await a.speak(2), ['26509'], { level: 3 });
      const unheard = await a.startLive(await a.speak(3), ['26515']);
      const back = await b.startLive(await b.speak(4), ['26518']);
      const tape = await startSegment(a, '26512');
      const live = [voice, alarm, unheard, back].map(({ broadcastId }) => broadcastId);
      const tapeOf = (receiver: JoinedReceiver) =>
        receiver.heard.filter(({ tag, payload }) => tag === tape.tag && !isStandIn(payload));
      await Promise.all([untilHeard(near, 1), untilHeard(far, 1), untilHeard(nearAlarm, 2), untilHeard(farAlarm, 2)]);
      await waitFor(() => (tapeOf(nearTape).length > 50 && tapeOf(farTape).length > 50 ? '' : 'the tape'));

      const heardBefore = [near, far, nearAlarm, farAlarm].map(
        (receiver, i) => numbersOf(receiver, i < 2 ? 1 : 2).length,
      );
      const isOver = delay(CUT_OFF_MS);
      links[cutOff][how]();
      await untilAuthority(here, 'local');
      // Nobody at this node listened there when its record could still be read.
      const late = [await b.join('26515'), await a.join('26518')] as const;
      await Promise.all([untilHeard(late[0], 3), untilHeard(late[1], 4)]);
      // An emergency of which the log of the node that is cut off says nothing, also when it ends.
      const brief = await there.startLive(await there.speak(5), ['26521'], { level: 3 });
      await untilHeard(first, 5);
      await there.stop(brief.broadcastId);
      await waitFor(() => (first.heard.some(({ tag, marker }) => tag === brief.tag && marker) ? '' : 'its end'));
      const lasting = await there.startLive(await there.speak(6), ['26524'], { level: 3 });
      await untilHeard(second, 6);
      const ordinary = await there.startLive(await there.speak(7), ['26521']);
      await isOver;
      for (const rig of rigs) await expectOnline(rig, [...receivers, ...late]);
      // A third node, which might not hear the presenters' one, would see that somebody vouches for their sources.
      for (const { source } of [voice, alarm, unheard, back])
        if (source.kind === 'live')
          expect(await redis.send('GET', `loa:lease:source:${source.sourceId}`)).not.toBeNull();
      const tapeBefore = [nearTape, farTape].map((receiver) => tapeOf(receiver).length);
      expect(numbersOf(first, 7)).toEqual([]);
      links[cutOff].heal();
      await untilAuthority(here, 'shared');
      await Promise.all([
        untilHeard(first, 7),
        untilHeard(second, 6),
        ...[near, far].map((receiver) => untilHeard(receiver, 1)),
        ...[nearAlarm, farAlarm].map((receiver) => untilHeard(receiver, 2)),
        untilHeard(late[0], 3),
        untilHeard(late[1], 4),
      ]);

      for (const [i, receiver] of [near, far, nearAlarm, farAlarm].entries())
        expectUnbroken(receiver, i < 2 ? 1 : 2, heardBefore[i] ?? 0);
      expectUnbroken(second, 6, 0, 100);
      expect(second.heard.filter(({ tag, marker }) => tag === lasting.tag && marker)).toEqual([]);
      live.push(lasting.broadcastId, ordinary.broadcastId);
      for (const rig of rigs) {
        for (const id of live)
          expect(await rig.broadcast(id)).toMatchObject({ phase: 'on-air', sourceKeepUntil: null, local: false });
        await expectOnline(rig, [...receivers, ...late]);
      }
      expect(await toldOf(live)).toEqual([]);
      // LS4: it may have been played by both nodes, with equal stamps; twice is sent only what a hand-over covers (100 ms, there and back).
      for (const [i, receiver] of [nearTape, farTape].entries()) {
        const stamps = tapeOf(receiver).map(({ timestamp }) => timestamp);
        expect(stamps.length - new Set(stamps).size).toBeLessThanOrEqual(2 * 6);
        expect(tapeBefore[i]).toBeGreaterThan(CUT_OFF_MS / 20);
      }
    },
  );

  it('ND3, ND5: nobody is sent to the one that is cut off: a node that is to be emptied takes receivers while there is no other', async () => {
    const [a, b] = rigs;
    const drain = (draining: boolean) => nodes[1].post('/api/v1/node/drain', { draining });
    const takes = async () => (await b.join('26512').catch(() => null)) !== null;
    await waitFor(async () => {
      const { doors } = (await (await drain(true)).json()) as { doors: string[] };
      return doors.length > 0 && !(await takes()) ? '' : 'somewhere to go';
    });
    links[0].cut();
    await untilAuthority(a, 'local');
    await waitFor(async () => ((await takes()) ? '' : 'a place'));
    await drain(false);
  });

  it('LA1, LA20: an emergency that is stopped at the one that is cut off is silent there, and ends everywhere when Redis is back', async () => {
    const [a, b] = rigs;
    const [near, far] = [await a.join('26509'), await b.join('26509')];
    const alarm = await b.startLive(await b.speak(2), ['26509'], { level: 3 });
    await Promise.all([untilHeard(near, 2), untilHeard(far, 2)]);
    links[0].cut();
    await untilAuthority(a, 'local');
    expect((await a.stop(alarm.broadcastId)).ok).toBe(true);
    await waitFor(() => (near.heard.some(({ tag, marker }) => tag === alarm.tag && marker) ? '' : 'its end'));
    const ended = numbersOf(near, 2).length;
    // A hundred frames of it come over the line meanwhile, and several words that name it.
    for (let n = 0; n < 5; n++) await untilHeard(far, 2);
    expect(numbersOf(near, 2).slice(ended)).toEqual([]);
    links[0].heal();
    await waitFor(() => (far.heard.some(({ tag, marker }) => tag === alarm.tag && marker) ? '' : 'its end elsewhere'));
    expect(numbersOf(near, 2).slice(ended)).toEqual([]);
  });
});

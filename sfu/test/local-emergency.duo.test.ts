import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventSchema } from '@loa/shared/broadcasts/events';
import { isStandIn } from '@loa/shared/protocol/stand-in';
import { openSegment, segmentFilePath } from '../src/link/segment-file.ts';
import { hashEvent } from '../src/pump/log/event-hash.ts';
import { snapshotOf, untilAuthority } from './support/authority.ts';
import { convert, makeSpeech } from './support/audio-files.ts';
import { PROTECTED_CONFIGS, type RedisServer } from './support/redis-server.ts';
import { type Relay, startRelay } from './support/relay.ts';
import { type JoinedReceiver, numbersOf, type Rig } from './support/rig.ts';
import { outcomeOf, uploadSegment } from './support/segment-upload.ts';
import { startTwoNodes, type TwoNodes } from './support/two-nodes.ts';
import { waitFor } from './support/wait-for.ts';

/** Two nodes on one Redis and one database, the first behind a link of its own; emergencies while Redis cannot be reached. */

let redis: RedisServer;
let link: Relay;
let nodes: TwoNodes['nodes'];
let rigs: TwoNodes['rigs'];

beforeAll(async () => {
  const network = await startTwoNodes({
    separate: true,
    redisOptions: PROTECTED_CONFIGS,
    reach: async ({ port, url }) => {
      link = await startRelay(port);
      return [`redis://127.0.0.1:${link.port}`, url];
    },
  });
  ({ redis, nodes, rigs } = network);
  return async () => {
    await network.close();
    await link.close();
  };
});
afterEach(async () => {
  // A test that fails must not leave the next one without Redis.
  link.heal();
  await redis.revive();
  await redis.takeWrites();
  for (const rig of rigs) await untilAuthority(rig, 'shared');
  for (const rig of rigs) await rig.reset();
});

const untilHeard = (receiver: JoinedReceiver, tone: number) => {
  const before = numbersOf(receiver, tone).length;
  return waitFor(() => (numbersOf(receiver, tone).length > before + 20 ? '' : `voice ${tone}`));
};

/** Throws when a frame of this voice is missing from the one with this index on. */
function expectUnbroken(receiver: JoinedReceiver, tone: number, from: number): void {
  const numbers = [...new Set(numbersOf(receiver, tone).slice(from))].sort((one, other) => one - other);
  const gaps = numbers.slice(1).filter((n, i) => n !== (numbers[i] ?? 0) + 1);
  expect(gaps, `voice ${tone} from ${numbers[0]} to ${numbers.at(-1)}`).toEqual([]);
}

async function refusalOf(rig: Rig, sourceId: string): Promise<string> {
  const answer = await rig.start({ kind: 'live', sourceId }, ['26509']);
  const { error } = (await answer.json()) as { error?: { details?: { code?: string } } };
  return error?.details?.code ?? `status ${answer.status}`;
}

/** What the database has of the log, checked: versions without a gap, each carrying the hash of the one before. */
async function storedLog(): Promise<string[]> {
  const rows = await nodes[0].prisma.logEvent.findMany({ orderBy: { version: 'asc' } });
  let prevHash = '';
  return rows.map((row, i) => {
    const event = eventSchema.parse(row.event);
    expect(Number(row.version)).toBe(i + 1);
    expect([row.prevHash, row.hash]).toEqual([prevHash, hashEvent(prevHash, i + 1, row.at.getTime(), event)]);
    prevHash = row.hash;
    return `${row.type} ${event.broadcastId}`;
  });
}

const untilStored = (...wanted: string[]) =>
  waitFor(async () => {
    const stored = await storedLog();
    return wanted.every((entry) => stored.includes(entry)) ? '' : stored.slice(-6).join(', ');
  });
const besideTheLog = async (broadcastId: string) =>
  (await nodes[0].prisma.branchEvent.findMany({ where: { broadcastId }, orderBy: { version: 'asc' } })).map(
    ({ type, standing, node }) => `${type} ${standing} ${node}`,
  );

describe('Redis is away', () => {
  it.each(['killed', 'silent', 'cut off', 'full'])(
    'LA1, LA2, LA3, EL12: %s: the voice goes on, an emergency is heard on its own node, and is merged',
    async (how) => {
      const [a, b] = rigs;
      const [near, far] = [await a.join('26506'), await b.join('26506')];
      await a.startLive(await a.speak(1), ['26506']);
      await Promise.all([untilHeard(near, 1), untilHeard(far, 1)]);
      const from = numbersOf(far, 1).length;
      if (how === 'killed') await redis.kill();
      else if (how === 'silent') redis.pause();
      else if (how === 'full') await redis.refuseWrites();
      else link.mute();

      const [ordinary, first, second] = [await a.speak(2), await a.speak(3), await a.speak(4)];
      expect(await refusalOf(a, ordinary.sourceId)).toBe('log-away');
      const brief = await a.startLive(first, ['26506'], { level: 3 });
      expect(brief).toMatchObject({ local: true, phase: 'on-air' });
      await untilHeard(near, 3);
      await untilAuthority(a, 'local');
      expect((await a.stop(brief.broadcastId)).status).toBe(200);
      await untilHeard(near, 1);
      const alarm = await a.startLive(second, ['26506'], { level: 3 });
      await untilHeard(near, 4);
      expect((await snapshotOf(a)).broadcasts.map(({ local }) => local).sort()).toEqual([false, true]);
      await waitFor(async () =>
        (await besideTheLog(alarm.broadcastId)).includes('broadcast-started local a') ? '' : 'not stored as local',
      );
      // Nobody else knows of it, and what the others hear is not touched.
      expect(numbersOf(far, 3)).toEqual([]);
      expectUnbroken(far, 1, from);

      const merging = numbersOf(near, 4).length;
      if (how === 'killed') await redis.start();
      else if (how === 'silent') redis.resume();
      else if (how === 'full') await redis.takeWrites();
      else link.heal();
      await untilHeard(far, 4);
      await untilAuthority(a, 'shared');
      await untilHeard(near, 4);
      expectUnbroken(near, 4, merging);
      for (const rig of rigs)
        expect(await rig.broadcast(alarm.broadcastId)).toMatchObject({ local: false, phase: 'on-air', tag: alarm.tag });
      expect(await b.broadcast(brief.broadcastId)).toMatchObject({ phase: 'ended', endReason: 'stopped' });
      await untilStored(`broadcast-started ${alarm.broadcastId}`, `broadcast-ended ${brief.broadcastId}`);
      expect(await besideTheLog(alarm.broadcastId)).toEqual([]);
      await b.stop(alarm.broadcastId);
      await Promise.all([untilHeard(near, 1), untilHeard(far, 1)]);
    },
  );

  it('LA10: a pump that begins meanwhile serves its receivers, takes an emergency, and goes on in the log when Redis is back', async () => {
    const [a, b] = rigs;
    const voice = await b.startLive(await b.speak(1), ['26509']);
    await redis.kill();
    await nodes[0].restartPump('kill');
    const near = await a.join('26506');
    expect(await refusalOf(a, (await a.speak(2)).sourceId)).toBe('log-away');
    const alarm = await a.startLive(await a.speak(3), ['26506'], { level: 3 });
    expect(alarm).toMatchObject({ local: true, phase: 'on-air' });
    await untilHeard(near, 3);
    await untilAuthority(a, 'local');

    const merging = numbersOf(near, 3).length;
    await redis.start();
    await untilAuthority(a, 'shared');
    await untilHeard(near, 3);
    expectUnbroken(near, 3, merging);
    const onAir = { local: false, phase: 'on-air' };
    for (const rig of rigs) {
      expect(await rig.broadcast(alarm.broadcastId)).toMatchObject({ ...onAir, tag: alarm.tag });
      expect(await rig.broadcast(voice.broadcastId)).toMatchObject(onAir);
    }
    await untilHeard(await a.join('26509'), 1);
    await untilStored(`broadcast-started ${alarm.broadcastId}`);
    await b.stop(alarm.broadcastId);
    await b.stop(voice.broadcastId);
  });

  it.each([
    ['cut off', () => link.cut(), false],
    ['silent', () => link.mute(), false],
    ['cut off, and the other node decides meanwhile', () => link.cut(), true],
    ['silent, and the other node decides meanwhile', () => link.mute(), true],
  ])(
    'LS22, LA40, LA41: %s: a stored emergency that a node begins on its own is played from its first frame, through the merge, and nothing is skipped or played twice',
    async (_, part, isForked) => {
      const [a, b] = rigs;
      const [near, far] = [await a.join('26506'), await b.join('26506')];
      const speech = await makeSpeech(nodes[0].dataDir);
      const long = await convert(speech, join(nodes[0].dataDir, 'long.wav'), '-af', 'aloop=loop=5:size=2e9');
      const segment = await outcomeOf(nodes[0], await uploadSegment(nodes[0], long));
      part();
      // Nobody has met the silence yet: it is found out by this very start.
      const source = { kind: 'segment', segmentId: segment.segmentId, durationMs: segment.durationMs };
      const started = await a.start(source, ['26506'], { level: 3 });
      expect(started.status).toBe(201);
      const { tag, broadcastId, local } = (await started.json()) as {
        tag: number;
        broadcastId: string;
        local: boolean;
      };
      expect(local).toBe(true);
      const sound = ({ heard }: JoinedReceiver) =>
        heard.filter((packet) => packet.tag === tag && !isStandIn(packet.payload));
      await waitFor(() => (sound(near).length > 50 ? '' : 'the message'));
      if (isForked) await b.startLive(await b.speak(1), ['26509']);
      await untilAuthority(a, 'local');
      link.heal();
      await untilAuthority(a, 'shared');
      const before = sound(near).length;
      // Longer than the other node may take to ask for the lease, and to play on if it got it.
      await waitFor(() => (sound(near).length > before + 150 ? '' : 'the message after the merge'));
      await waitFor(() => (sound(far).length > 100 ? '' : 'the message at the other node'));
      expect(await a.broadcast(broadcastId)).toMatchObject({ phase: 'on-air', local: false });

      // Frame n of the recording at its first stamp and n times 20 ms, whoever plays it; while its lease changes hands both may.
      const [{ timestamp: first } = { timestamp: 0 }] = sound(near);
      const places = (probe: JoinedReceiver) => sound(probe).map(({ timestamp }) => ((timestamp - first) | 0) / 960);
      for (const probe of [near, far]) {
        const [from = -1, ...rest] = new Set(places(probe));
        expect(rest).toEqual(rest.map((_place, n) => from + 1 + n));
      }
      expect(places(near)[0]).toBe(0);
      const path = segmentFilePath(join(nodes[0].dataDir, 'segments'), segment.segmentId);
      const reader = await openSegment(path, (error) => expect.fail(String(error)));
      for (const probe of [near, far])
        for (const { timestamp, payload } of sound(probe)) {
          const frame = ((timestamp - first) | 0) / 960;
          await reader.prepare(frame);
          expect(reader.frame(frame)?.equals(payload), `frame ${frame}`).toBe(true);
        }
      await reader.close();
    },
  );
});

describe('LA4, LA6: both nodes acted while one was cut off', () => {
  it('its emergency is decided again without a gap; the database tells what was lost', async () => {
    const [a, b] = rigs;
    const [near, far] = [await a.join('26506'), await b.join('26506')];
    const voice = await a.startLive(await a.speak(1), ['26506']);
    await untilHeard(near, 1);
    link.cut();
    const brief = await a.startLive(await a.speak(2), ['26506'], { level: 3 });
    await a.stop(brief.broadcastId);
    const alarm = await a.startLive(await a.speak(3), ['26506'], { level: 3 });
    await untilHeard(near, 3);
    const other = await b.startLive(await b.speak(4), ['26509'], { level: 2 });
    await b.stop(voice.broadcastId);

    const merging = numbersOf(near, 3).length;
    link.heal();
    await untilHeard(far, 3);
    await untilAuthority(a, 'shared');
    await untilHeard(near, 3);
    expectUnbroken(near, 3, merging);
    for (const rig of rigs)
      await waitFor(async () => {
        const { broadcasts } = await snapshotOf(rig);
        const ids = broadcasts.filter(({ local }) => !local).map(({ broadcastId }) => broadcastId);
        return ids.sort().join() === [alarm.broadcastId, other.broadcastId].sort().join() ? '' : ids.join();
      });
    expect(await a.broadcast(alarm.broadcastId)).toMatchObject({ tag: alarm.tag, phase: 'on-air' });
    expect(await a.broadcast(voice.broadcastId)).toMatchObject({ phase: 'ended', endReason: 'stopped' });

    await untilStored(`broadcast-started ${alarm.broadcastId}`, `broadcast-started ${other.broadcastId}`);
    await waitFor(async () => ((await besideTheLog(alarm.broadcastId))[0]?.includes('lost') ? '' : 'not told as lost'));
    expect(await besideTheLog(alarm.broadcastId)).toContain('broadcast-started lost a');
    expect(await besideTheLog(brief.broadcastId)).toEqual(['broadcast-started lost a', 'broadcast-ended lost a']);
    expect((await storedLog()).filter((entry) => entry.includes(brief.broadcastId))).toEqual([]);
    const rows = await nodes[0].prisma.broadcast.findMany({
      where: { id: { in: [alarm.broadcastId, brief.broadcastId] } },
    });
    const reasons = new Map(rows.map(({ id, endReason }) => [id, endReason]));
    expect([reasons.get(brief.broadcastId), reasons.get(alarm.broadcastId)]).toEqual(['stopped', null]);
  });

  it('what a pump had alone when it died is lost, and said to be', async () => {
    const [a] = rigs;
    link.cut();
    const alarm = await a.startLive(await a.speak(1), ['26506'], { level: 3 });
    await waitFor(async () => ((await besideTheLog(alarm.broadcastId)).length > 0 ? '' : 'not stored'));
    const restarted = nodes[0].restartPump('kill');
    await waitFor(async () =>
      (await fetch(`${nodes[0].url}/readyz`)).status === 503 ? '' : 'the old pump is still there',
    );
    link.heal();
    await restarted;
    expect(await a.broadcast(alarm.broadcastId)).toMatchObject({ phase: 'ended' });
    await waitFor(async () => {
      const row = await nodes[0].prisma.broadcast.findUnique({ where: { id: alarm.broadcastId } });
      return row?.endReason === 'overruled'
        ? ''
        : `${row?.endReason}, ${(await besideTheLog(alarm.broadcastId)).join()}`;
    });
    expect(await besideTheLog(alarm.broadcastId)).toContain('broadcast-started lost a');
    await storedLog();
  });
});

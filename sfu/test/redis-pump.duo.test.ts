import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventSchema, type BroadcastEvent } from '@loa/shared/broadcasts/events';
import { type Snapshot, snapshotSchema } from '@loa/shared/protocol/live';
import type { Readiness } from '../src/door/monitoring/readiness.ts';
import { hashEvent } from '../src/pump/log/event-hash.ts';
import { type RedisServer, startRedisServer } from './support/redis-server.ts';
import { createRig, type Rig } from './support/rig.ts';
import { type SfuStack, startSfuStack } from './support/sfu-stack.ts';
import { type SoundProbe, startSoundProbe } from './support/sound-probe.ts';
import { waitFor } from './support/wait-for.ts';

/** A whole sfu whose log is on Redis. The tests build on each other's log, in this order. */

let redis: RedisServer;
let sfu: SfuStack;
let rig: Rig;
let probe: SoundProbe;

beforeAll(async () => {
  redis = await startRedisServer();
  sfu = await startSfuStack({ separate: true, settings: { REDIS_URL: redis.url } });
  rig = createRig(sfu);
  probe = await startSoundProbe(sfu, '26506');
  await probe.begin();
});
afterAll(async () => {
  await probe.close();
  await sfu.close();
  await redis.close();
});

// A test that fails must not leave the next one without Redis.
afterEach(() => redis.revive());

/** What the database has, checked: versions without a gap, each carrying the hash of the one before. */
async function storedEvents(): Promise<BroadcastEvent[]> {
  const rows = await sfu.prisma.logEvent.findMany({ orderBy: { version: 'asc' } });
  let prevHash = '';
  return rows.map((row, i) => {
    const event = eventSchema.parse(row.event);
    expect(Number(row.version)).toBe(i + 1);
    expect([row.prevHash, row.hash]).toEqual([prevHash, hashEvent(prevHash, i + 1, row.at.getTime(), event)]);
    prevHash = row.hash;
    return event;
  });
}

async function snapshot(): Promise<Snapshot> {
  const studio = await rig.studio();
  const answer = (await studio.timeout(10_000).emitWithAck('live:sync')) as { data: unknown };
  studio.close();
  return snapshotSchema.parse(answer.data);
}

const readyz = async () => (await (await fetch(`${sfu.url}/readyz`)).json()) as Readiness;

/** What a start is answered with: `ok` or the code of the refusal. */
async function tryStart(sourceId: string): Promise<string> {
  const answer = await rig.start({ kind: 'live', sourceId }, ['26509']);
  if (answer.status === 201) return 'ok';
  const { error } = (await answer.json()) as { error?: { details?: { code?: string } } };
  return error?.details?.code ?? `status ${answer.status}`;
}

describe('a pump whose log is on Redis', () => {
  it('EL1: what is decided is in Redis and in the database, and is heard', async () => {
    await probe.expectSound();
    expect(Number(await redis.send('HGET', 'loa:log:head', 'version'))).toBeGreaterThan(0);
    await waitFor(async () => ((await storedEvents()).length > 0 ? '' : 'nothing is stored'));
    expect((await snapshot()).broadcasts).toMatchObject([{ broadcastId: probe.broadcastId, phase: 'on-air' }]);
  });

  it.each(['killed', 'silent'])(
    'EL9: Redis is %s: sound goes on, commands are refused in words, then taken',
    async (how) => {
      const source = await rig.speak(1);
      if (how === 'killed') await redis.kill();
      else redis.pause();
      expect(await tryStart(source.sourceId)).toBe('log-away');
      expect(await readyz()).toMatchObject({ ready: true, degraded: ['log'] });
      await probe.expectSound();
      if (how === 'killed') await redis.start();
      else redis.resume();
      await waitFor(async () => ((await tryStart(source.sourceId)) === 'ok' ? '' : 'still refused'));
      expect(await readyz()).toMatchObject({ ready: true, degraded: [] });
      await probe.expectUnbroken();
      await rig.reset([probe.broadcastId]);
    },
  );

  it('EL5: Redis is flushed: sound goes on, and the log is there again', async () => {
    await redis.send('FLUSHALL');
    await waitFor(async () => ((await redis.send('HGET', 'loa:log:head', 'version')) === null ? 'no log' : ''));
    const source = await rig.speak(2);
    expect(await tryStart(source.sourceId)).toBe('ok');
    await probe.expectSound();
    await probe.expectUnbroken();
    await rig.reset([probe.broadcastId]);
  });

  it('EL3: the pump is killed: what was live is still decided, and its microphone is awaited', async () => {
    await sfu.restartPump('kill');
    await waitFor(async () => {
      const [broadcast] = (await snapshot()).broadcasts;
      return broadcast?.sourceKeepUntil ? '' : JSON.stringify(broadcast ?? null);
    });
    expect((await snapshot()).broadcasts).toMatchObject([{ broadcastId: probe.broadcastId, phase: 'on-air' }]);
    await waitFor(async () => ((await storedEvents()).at(-1)?.type === 'source-lost' ? '' : 'the loss is not stored'));
    const again = await rig.speak(3);
    const studio = await rig.studio();
    const ask = { broadcastId: probe.broadcastId, sourceId: again.sourceId };
    expect(await studio.timeout(10_000).emitWithAck('broadcast:attach', ask)).toMatchObject({ ok: true });
    studio.close();
    await waitFor(async () => ((await storedEvents()).at(-1)?.type === 'source-found' ? '' : 'nothing is found'));
    expect((await snapshot()).broadcasts).toMatchObject([{ sourceKeepUntil: null }]);
  });

  it('EL9: a pump that finds no Redis waits for it, and then has what was decided', async () => {
    const before = await storedEvents();
    await redis.kill();
    const restarted = sfu.restartPump('kill');
    await waitFor(async () => ((await readyz()).parts.pump.ok ? 'the old pump is still there' : ''));
    await redis.start();
    await restarted;
    expect((await snapshot()).broadcasts).toMatchObject([{ broadcastId: probe.broadcastId, phase: 'on-air' }]);
    await rig.stop(probe.broadcastId);
    await waitFor(async () =>
      (await storedEvents()).at(-1)?.type === 'broadcast-ended' ? '' : 'the end is not stored',
    );
    expect((await storedEvents()).slice(0, before.length)).toEqual(before);
  });

  it('EL5: Redis is flushed and the pump is new: the log goes on from the database, what was on air has ended', async () => {
    const source = await rig.speak(4);
    const ids = { id: 'before-the-flush', key: 'key-of-before-the-flush' };
    const { broadcastId, tag } = await rig.startLive(source, ['26509'], ids);
    await waitFor(async () =>
      (await storedEvents()).at(-1)?.type === 'broadcast-started' ? '' : 'the start is not stored',
    );
    const before = await storedEvents();
    await redis.kill();
    const restarted = sfu.restartPump('kill');
    await waitFor(async () => ((await fetch(`${sfu.url}/readyz`)).status === 503 ? '' : 'the old pump is still there'));
    await redis.start();
    await redis.send('FLUSHALL');
    await restarted;
    await waitFor(async () => ((await storedEvents()).length > before.length ? '' : 'the end is not stored'));
    const after = await storedEvents();
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.slice(before.length)).toMatchObject([{ type: 'broadcast-ended', broadcastId, reason: 'restarted' }]);
    expect((await snapshot()).broadcasts).toEqual([]);
    expect(Number(await redis.send('HGET', 'loa:log:head', 'version'))).toBe(after.length);
    // BR21, BR22: keys are remembered, and tags are not used again.
    const again = await rig.speak(5);
    const repeated = await rig.start({ kind: 'live', sourceId: again.sourceId }, ['26509'], ids);
    expect([repeated.status, await repeated.json()]).toMatchObject([201, { broadcastId, phase: 'ended' }]);
    expect((await rig.startLive(again, ['26509'])).tag).toBeGreaterThan(tag);
    await rig.reset();
  });
});

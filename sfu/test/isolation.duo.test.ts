import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { describe, expect, it } from 'vitest';
import { SOURCE_KEEP_MS } from '@loa/shared/broadcasts/limits';
import { FRAME_MS } from '@loa/shared/protocol/limits';
import { isStandIn } from '@loa/shared/protocol/stand-in';
import type { SourceView } from '@loa/shared/protocol/live';
import { signedTicks, TICKS_PER_MS, toTimestamp } from '@loa/shared/timing/rtp-timeline';
import { EARLY_LIMIT_MS } from '@loa/shared/timing/stamp';
import { publish } from './support/foreign-client.ts';
import { useProbedSfu } from './support/probed-sfu.ts';
import { numbersOf, type Rig, spokenFrame } from './support/rig.ts';
import type { SfuStack } from './support/sfu-stack.ts';
import type { SoundProbe } from './support/sound-probe.ts';
import { waitFor } from './support/wait-for.ts';

/** Whatever one source does, another broadcast loses not one packet. */

let sfu: SfuStack;
let rig: Rig;
let probe: SoundProbe;

useProbedSfu((started) => ({ sfu, rig, probe } = started));

async function sourceView(sourceId: string): Promise<SourceView | undefined> {
  const { sources } = (await (await sfu.get('/api/v1/sources')).json()) as { sources: SourceView[] };
  return sources.find((source) => source.sourceId === sourceId);
}

/** A source that sends only what a test tells it to. */
async function quietSource() {
  return rig.keep(await publish(sfu.url, sfu.token));
}

describe('a broken source', () => {
  it('that sends a hundred times too much is bounded, and the rest goes on', async () => {
    const flood = await quietSource();
    const listener = await rig.join('26509');
    flood.send(spokenFrame(1, 0));
    await rig.startLive(flood, ['26509']);
    let n = 1;
    const timer = setInterval(() => {
      for (let burst = 0; burst < 50; burst++) flood.send(spokenFrame(1, n++));
    }, 10);
    rig.keep({ close: () => clearInterval(timer) });
    await waitFor(async () => (((await sourceView(flood.sourceId))?.droppedPackets ?? 0) > 3_000 ? '' : 'the flood'));
    const heardBefore = numbersOf(listener, 1).length;
    const sentBefore = n;
    await waitFor(() => (n > sentBefore + 5_000 ? '' : 'more flood'));
    expect(numbersOf(listener, 1).length - heardBefore).toBeLessThan(1_000);
    clearInterval(timer);
  });

  it('TL7: that sends faster than time passes leaves its zone free as soon as it is stopped', async () => {
    const fast = await quietSource();
    const listener = await rig.join('26509');
    fast.send(spokenFrame(1, 0));
    const { broadcastId, tag } = await rig.startLive(fast, ['26509']);
    let n = 1;
    const timer = setInterval(() => {
      for (let burst = 0; burst < 2; burst++) fast.send(spokenFrame(1, n++));
    }, 20);
    rig.keep({ close: () => clearInterval(timer) });
    await waitFor(() => (n > 400 ? '' : 'eight seconds of sound in four'));
    await rig.stop(broadcastId);
    const ended = () => listener.heard.find((packet) => packet.tag === tag && packet.marker);
    await waitFor(() => (ended() ? '' : 'the end'));
    const aheadMs = signedTicks((ended()?.timestamp ?? 0) - toTimestamp(Date.now())) / TICKS_PER_MS;
    expect(aheadMs).toBeLessThanOrEqual(EARLY_LIMIT_MS + FRAME_MS);
  });

  it.each<[string, () => Buffer]>([
    ['no Opus: an odd rest for two frames', () => Buffer.from([0xf9, 1, 2, 3])],
    ['no Opus: no frame at all', () => Buffer.from([0xfb, 0])],
    ['Opus of 2.5 ms', () => Buffer.from([0xe0, 1, 2])],
    ['Opus of 120 ms', () => Buffer.from([0xfb, 6, 1, 1, 1, 1, 1, 1])],
    ['far too long packets', () => Buffer.alloc(1_400, 0xf8)],
  ])('%s: dropped and counted', async (_, payload) => {
    const source = await quietSource();
    const listener = await rig.join('26509');
    const { tag } = await rig.startLive(source, ['26509']);
    source.play(payload);
    await waitFor(async () => (((await sourceView(source.sourceId))?.droppedPackets ?? 0) > 20 ? '' : 'the drops'));
    expect(await sourceView(source.sourceId)).toMatchObject({ connected: false, packetsPerSecond: 0 });
    expect(listener.heard.filter((packet) => packet.tag === tag && !isStandIn(packet.payload))).toEqual([]);
  });
});

describe('BR16, BR17: a source that goes away', () => {
  /** Speaks, stops dead, and waits until the broadcast knows. */
  async function lostSource() {
    const source = await quietSource();
    const listener = await rig.join('26509');
    const stop = source.play((n) => spokenFrame(2, n));
    const { broadcastId, tag } = await rig.startLive(source, ['26509']);
    await waitFor(() => (numbersOf(listener, 2).length > 20 ? '' : 'the voice'));
    stop();
    const silentSince = performance.now();
    await waitFor(async () => ((await rig.broadcast(broadcastId)).sourceKeepUntil === null ? 'source-lost' : ''));
    const lostAfterMs = performance.now() - silentSince;
    return { source, listener, broadcastId, tag, lostAfterMs };
  }

  it('is lost after two seconds, keeps its zones, and goes on when it speaks again', async () => {
    const { source, listener, broadcastId, tag, lostAfterMs } = await lostSource();
    expect(lostAfterMs).toBeGreaterThan(1_800);
    expect(await sourceView(source.sourceId)).toMatchObject({ connected: false });
    const silence = () => listener.heard.filter((packet) => packet.tag === tag && isStandIn(packet.payload)).length;
    expect(silence()).toBeGreaterThan(50);

    const other = await rig.speak(3);
    const refused = await rig.start({ kind: 'live', sourceId: other.sourceId }, ['26509']);
    expect([refused.status, await refused.json()]).toMatchObject([
      409,
      { error: { details: { code: 'zones-taken' } } },
    ]);

    source.play((n) => spokenFrame(4, n));
    await waitFor(() => (numbersOf(listener, 4).length > 20 ? '' : 'the voice again'));
    expect(await rig.broadcast(broadcastId)).toMatchObject({ phase: 'on-air', sourceKeepUntil: null });
  });

  it('goes on with another session of the same presenter (broadcast:attach)', async () => {
    const { source, listener, broadcastId } = await lostSource();
    await source.close();
    const again = await rig.speak(5);
    const studio = await rig.studio();
    const attach = (sourceId: string) =>
      studio.timeout(5_000).emitWithAck('broadcast:attach', { broadcastId, sourceId }) as Promise<unknown>;
    expect(await attach('nobody')).toMatchObject({ ok: false, error: { details: { code: 'unknown-source' } } });
    expect(await attach(probe.sourceId)).toMatchObject({ ok: false, error: { details: { code: 'source-in-use' } } });
    expect(await attach(again.sourceId)).toMatchObject({ ok: true, data: { broadcastId, sourceKeepUntil: null } });
    await waitFor(() => (numbersOf(listener, 5).length > 20 ? '' : 'the voice of the new session'));
  });

  it('a session that is closed counts as away at once; after its time the broadcast ends and the zone is free', async () => {
    const source = await rig.speak(6);
    const waiting = await rig.speak(7);
    const listener = await rig.join('26509');
    const { broadcastId } = await rig.startLive(source, ['26509']);
    const next = await rig.startLive(waiting, ['26509'], { wait: true });
    expect(next.phase).toBe('waiting');
    await waitFor(() => (numbersOf(listener, 6).length > 20 ? '' : 'the voice'));
    const closed = await sfu.call('DELETE', source.location);
    expect(closed.status).toBe(200);
    const { sourceKeepUntil } = await rig.broadcast(broadcastId);
    expect(sourceKeepUntil).not.toBeNull();
    await waitFor(
      async () => ((await rig.broadcast(broadcastId)).phase === 'ended' ? '' : 'the end of the slot'),
      SOURCE_KEEP_MS + 5_000,
    );
    const ended = await rig.broadcast(broadcastId);
    expect(ended).toMatchObject({ endReason: 'source-lost' });
    expect(ended.endedAt).toBeGreaterThanOrEqual(sourceKeepUntil ?? 0);
    await waitFor(() => (numbersOf(listener, 7).length > 20 ? '' : 'who was waiting'));
  });

  it('a source that never says a word is lost as well, also while its broadcast waits', async () => {
    const [mute, waitingMute] = [await quietSource(), await quietSource()];
    const { broadcastId } = await rig.startLive(mute, ['26509']);
    const { broadcastId: waiting } = await rig.startLive(waitingMute, ['26509'], { wait: true });
    for (const id of [broadcastId, waiting])
      await waitFor(async () => ((await rig.broadcast(id)).sourceKeepUntil === null ? `source-lost of ${id}` : ''));
  });
});

/** Beginnings that the worker takes for STUN (RFC 8489), DTLS (RFC 9147), RTCP and RTP (RFC 3550), by the first bytes (RFC 7983). */
const BEGINNINGS = {
  nothing: Buffer.alloc(0),
  stun: Buffer.from('000100502112a442', 'hex'),
  dtls: Buffer.from('16fefd0000000000', 'hex'),
  rtcp: Buffer.from('80c80006', 'hex'),
  rtp: Buffer.from('806f', 'hex'),
} as const;
const GARBAGE = { perBurst: 20, everyMs: 10, bursts: 150, longest: 1_400 } as const;

describe('F64: garbage at the media port', () => {
  it.each(Object.entries(BEGINNINGS))(
    'that begins like %s is ignored: nothing of what is on air is lost',
    async (_, beginning) => {
      const near = await rig.join('26509');
      const source = await rig.speak(1);
      const port = Number(
        /^a=candidate:\S+ \d+ udp \d+ \S+ (\d+) /im.exec(source.connection.remoteDescription?.sdp ?? '')?.[1],
      );
      await rig.startLive(source, ['26509']);
      await waitFor(() => (numbersOf(near, 1).length > 20 ? '' : 'the voice'));
      const before = numbersOf(near, 1).length;
      const socket = createSocket('udp4');
      rig.keep({ close: () => socket.close() });
      let sent = 0;
      for (let burst = 0; burst < GARBAGE.bursts; burst++) {
        for (let n = 0; n < GARBAGE.perBurst; n++) {
          const datagram = Buffer.concat([beginning, randomBytes(1 + ((burst * 37 + n * 101) % GARBAGE.longest))]);
          socket.send(datagram, port, '127.0.0.1', (error) => (sent += error ? 0 : 1));
        }
        await new Promise((resolve) => setTimeout(resolve, GARBAGE.everyMs));
      }
      await waitFor(() => (numbersOf(near, 1).length > before + 150 ? '' : 'the voice meanwhile'));
      expect(sent).toBe(GARBAGE.bursts * GARBAGE.perBurst);
      const numbers = numbersOf(near, 1);
      const gaps = numbers.slice(1).filter((number, i) => number !== (numbers[i] ?? 0) + 1);
      expect(gaps).toEqual([]);
      // New ones come in as ever.
      await rig.join('26509');
    },
  );
});

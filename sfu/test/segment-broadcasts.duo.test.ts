import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isStandIn } from '@loa/shared/protocol/stand-in';
import type { SegmentView } from '@loa/shared/protocol/live';
import { openSegment } from '../src/link/segment-file.ts';
import { makeSpeech, makeTone } from './support/audio-files.ts';
import { useProbedSfu } from './support/probed-sfu.ts';
import type { JoinedReceiver, Rig } from './support/rig.ts';
import { outcomeOf, uploadSegment } from './support/segment-upload.ts';
import type { SfuStack } from './support/sfu-stack.ts';
import { waitFor } from './support/wait-for.ts';

let sfu: SfuStack;
let rig: Rig;
/** A ready segment of a few seconds of speech. */
let spoken: SegmentView;

useProbedSfu(async (started) => {
  ({ sfu, rig } = started);
  const folder = mkdtempSync(join(tmpdir(), 'loa-audio-'));
  spoken = await outcomeOf(sfu, await uploadSegment(sfu, await makeSpeech(folder)));
  rmSync(folder, { recursive: true, force: true });
});

describe('a broadcast of a segment', () => {
  const source = () => ({ kind: 'segment', segmentId: spoken.segmentId, durationMs: 1 });
  const packets = (receiver: JoinedReceiver, tag: number) =>
    receiver.heard.filter((packet) => packet.tag === tag && !isStandIn(packet.payload));
  const stepsOf = (heard: ReadonlyArray<{ timestamp: number }>) =>
    heard.slice(1).map(({ timestamp }, i) => (timestamp - (heard[i]?.timestamp ?? 0)) | 0);
  const start = async (codes: string[], rest: object = {}) => {
    const response = await rig.start(source(), codes, { ...rest });
    expect(response.status).toBe(201);
    return (await response.json()) as { broadcastId: string; tag: number };
  };
  const ended = (id: string) =>
    waitFor(async () => ((await rig.broadcast(id)).phase === 'ended' ? '' : 'the end of the broadcast'), 30_000);

  it('every packet comes once, at its time, and then it has finished', async () => {
    const receiver = await rig.join('26509');
    const { broadcastId, tag } = await start(['26509']);
    await ended(broadcastId);
    expect(await rig.broadcast(broadcastId)).toMatchObject({ endReason: 'finished' });
    const heard = packets(receiver, tag);
    expect(heard).toHaveLength((spoken.durationMs ?? 0) / 20);
    expect(new Set(stepsOf(heard))).toEqual(new Set([960]));
    const marks = receiver.heard.filter((packet) => packet.tag === tag && packet.marker);
    expect(marks).toHaveLength(3);
  });

  it('BR24: stands still while it is paused and goes on with the next frame', async () => {
    const receiver = await rig.join('26509');
    const { broadcastId, tag } = await start(['26509']);
    await waitFor(() => (packets(receiver, tag).length > 60 ? '' : 'the beginning'));
    const paused = await sfu.post(`/api/v1/broadcasts/${broadcastId}/pause`, {});
    expect(await paused.json()).toMatchObject({ paused: true, playhead: { running: false } });
    await waitFor(() =>
      receiver.heard.filter((packet) => packet.tag === tag && isStandIn(packet.payload)).length > 20
        ? ''
        : 'the silence',
    );
    const before = packets(receiver, tag).length;
    await sfu.post(`/api/v1/broadcasts/${broadcastId}/unpause`, {});
    await waitFor(() => (packets(receiver, tag).length > before + 60 ? '' : 'the rest'));
    await rig.stop(broadcastId);
    expect(await framesOf(packets(receiver, tag).map(({ payload }) => payload))).toBe('in order from the first');
  });

  it('BR14: interrupted everywhere it stands still, and then goes on from its position', async () => {
    const receiver = await rig.join('26509');
    const { broadcastId, tag } = await start(['26509']);
    await waitFor(() => (packets(receiver, tag).length > 60 ? '' : 'the beginning'));
    const alarm = await rig.startLive(await rig.speak(9), ['26509'], { level: 3 });
    await waitFor(() => (receiver.heard.some((packet) => packet.tag === alarm.tag) ? '' : 'the emergency'));
    const { playhead, interrupted } = await rig.broadcast(broadcastId);
    expect(playhead).toMatchObject({ running: false });
    expect(interrupted).toEqual([{ zone: sfu.zoneByCode('26509').id, by: alarm.broadcastId }]);
    const before = packets(receiver, tag).length;
    await waitFor(() =>
      receiver.heard.filter((packet) => packet.tag === alarm.tag).length > 50 ? '' : 'the emergency',
    );
    expect(packets(receiver, tag)).toHaveLength(before);
    await rig.stop(alarm.broadcastId);
    await waitFor(() => (packets(receiver, tag).length > before + 60 ? '' : 'the rest'));
    await rig.stop(broadcastId);
    expect(await framesOf(packets(receiver, tag).map(({ payload }) => payload))).toBe('in order from the first');
  });

  it('BR15: one whose file is gone ends with the reason', async () => {
    rmSync(join(sfu.dataDir, 'segments', `${spoken.segmentId}.frames`));
    const { broadcastId } = await start(['26509']);
    await ended(broadcastId);
    expect(await rig.broadcast(broadcastId)).toMatchObject({ endReason: 'source-failed' });
  });

  it('is not removed while it is on air; afterwards it is gone', async () => {
    const path = await makeTone(join(sfu.dataDir, 'long.wav'), 60);
    const { segmentId } = await outcomeOf(sfu, await uploadSegment(sfu, path));
    const remove = async () => (await sfu.call('DELETE', `/api/v1/segments/${segmentId}`)).status;
    const receiver = await rig.join('26509');
    const ids = { id: randomUUID(), key: randomUUID() };
    const ask = () => rig.start({ kind: 'segment', segmentId, durationMs: 1 }, ['26509'], ids);
    const response = await ask();
    const { broadcastId, tag } = (await response.json()) as { broadcastId: string; tag: number };
    expect(await remove()).toBe(409);
    const heardBefore = packets(receiver, tag).length;
    await waitFor(() => (packets(receiver, tag).length > heardBefore + 50 ? '' : 'the sound after that'));
    expect((await rig.broadcast(broadcastId)).phase).toBe('on-air');
    await rig.stop(broadcastId);
    expect(await remove()).toBe(204);
    expect((await sfu.get(`/api/v1/segments/${segmentId}`)).status).toBe(404);
    // BR21: whoever did not get the answer asks again with the same key.
    const again = await ask();
    expect([again.status, await again.json()]).toMatchObject([201, { broadcastId, endReason: 'stopped' }]);
    const other = await rig.start({ kind: 'segment', segmentId, durationMs: 1 }, ['26509']);
    expect(other.status).toBe(404);
  });

  /** Compares what was heard with the file: which frames came, and in which order. */
  async function framesOf(heard: readonly Buffer[]): Promise<string> {
    const path = join(sfu.dataDir, 'segments', `${spoken.segmentId}.frames`);
    const segment = await openSegment(path, (error) => {
      throw error;
    });
    try {
      for (const [n, payload] of heard.entries()) {
        await segment.prepare(n);
        if (!segment.frame(n)?.equals(payload)) return `frame ${n} is another one`;
      }
      return 'in order from the first';
    } finally {
      await segment.close();
    }
  }
});

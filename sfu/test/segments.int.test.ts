import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { problemSchema } from '@loa/shared/protocol/errors';
import { isStandIn } from '@loa/shared/protocol/stand-in';
import { type Change, changeSchema, type SegmentView, segmentViewSchema } from '@loa/shared/protocol/live';
import { openSegment } from '../src/link/segment-file.ts';
import { convert, makeSilence, makeSpeech, measureDurationMs, measureLoudness } from './support/audio-files.ts';
import { createRig, type JoinedReceiver, type Rig } from './support/rig.ts';
import { type SfuStack, startSfuStack } from './support/sfu-stack.ts';
import { type SoundProbe, startSoundProbe } from './support/sound-probe.ts';
import { waitFor } from './support/wait-for.ts';

let sfu: SfuStack;
let rig: Rig;
let probe: SoundProbe;
let folder: string;
let speech: string;
/** A ready segment of a few seconds of speech. */
let spoken: SegmentView;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'loa-audio-'));
  speech = await makeSpeech(folder);
  sfu = await startSfuStack({ separate: true });
  rig = createRig(sfu);
  probe = await startSoundProbe(sfu, '26506');
  await probe.begin();
});
afterAll(async () => {
  await probe.close();
  await sfu.close();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(async () => {
  await probe.expectUnbroken();
  await rig.reset([probe.broadcastId]);
});

function upload(path: string, fields: Record<string, string> = {}, name = basename(path)): Promise<Response> {
  const form = new FormData();
  for (const [key, value] of Object.entries({ title: 'Bản tin', ...fields })) form.append(key, value);
  form.append('file', new Blob([readFileSync(path)]), name);
  return send(form);
}

function send(body: FormData | string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${sfu.url}/api/v1/segments`, {
    method: 'POST',
    headers: { authorization: `Bearer ${sfu.token}`, ...headers },
    body,
  });
}

async function problemOf(response: Response) {
  const { error } = (await response.json()) as { error: unknown };
  return { status: response.status, ...problemSchema.parse(error) };
}

async function viewOf(id: string): Promise<SegmentView> {
  return segmentViewSchema.parse(await (await sfu.get(`/api/v1/segments/${id}`)).json());
}

/** What became of an upload that was taken. */
async function outcomeOf(response: Response): Promise<SegmentView> {
  expect(response.status).toBe(202);
  const { segmentId } = segmentViewSchema.parse(await response.json());
  await waitFor(
    async () => ((await viewOf(segmentId)).status === 'processing' ? 'the end of the processing' : ''),
    60_000,
  );
  return viewOf(segmentId);
}

function fileWith(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function changesOf(socket: Socket): Change[] {
  const changes: Change[] = [];
  socket.on('live:changed', (change) => changes.push(changeSchema.parse(change)));
  return changes;
}

describe('uploads', () => {
  it.each([
    ['WAV', 'wav', []],
    ['MP3', 'mp3', ['-b:a', '96k']],
    ['M4A', 'm4a', ['-c:a', 'aac', '-movflags', '+faststart']],
    ['OGG', 'ogg', ['-c:a', 'libvorbis']],
    ['FLAC', 'flac', []],
  ])('%s becomes Opus at -16 LUFS with a true peak of at most -1 dBTP', async (_, ending, options) => {
    const changes = changesOf(await rig.studio());
    const file = ending === 'wav' ? speech : await convert(speech, join(folder, `speech.${ending}`), ...options);
    const view = await outcomeOf(await upload(file));
    expect(view).toMatchObject({ status: 'ready', error: null, progress: 1 });
    expect(Math.abs((view.durationMs ?? 0) - (await measureDurationMs(speech)))).toBeLessThan(100);

    const audio = await sfu.get(`/api/v1/segments/${view.segmentId}/audio`);
    expect([audio.status, audio.headers.get('content-type')]).toEqual([200, 'audio/ogg']);
    const result = fileWith(`${ending}-result.ogg`, Buffer.from(await audio.arrayBuffer()));
    const { lufs, dbtp } = await measureLoudness(result);
    expect(Math.abs(lufs + 16)).toBeLessThanOrEqual(1);
    expect(dbtp).toBeLessThanOrEqual(-1);
    expect(Math.abs((view.loudnessLufs ?? 0) - lufs)).toBeLessThan(0.2);

    const shown = () =>
      changes.flatMap(({ segments }) => segments ?? []).filter(({ segmentId }) => segmentId === view.segmentId);
    await waitFor(() => (shown().at(-1)?.status === 'ready' ? '' : 'the news that it is ready'));
    const progress = shown().map((step) => step.progress);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    spoken = view;
  });

  it('its sound can be asked for in parts', async () => {
    const headers = { range: 'bytes=0-3' };
    const part = await fetch(`${sfu.url}/api/v1/segments/${spoken.segmentId}/audio`, { headers });
    expect([part.status, await part.text()]).toEqual([206, 'OggS']);
  });

  const cutM4a = async () => cut(await convert(speech, join(folder, 'whole.m4a'), '-c:a', 'aac'), 0.5);
  it.each<[string, () => Promise<string> | string, number, string]>([
    ['a text by the name of .mp3', () => fileWith('t.mp3', 'Kính thưa bà con.\n'.repeat(500)), 422, 'not-audio'],
    ['a playlist by the name of .mp3', () => fileWith('l.mp3', '#EXTM3U\nfile:///etc/passwd\n'), 422, 'not-audio'],
    ['a list of files', () => fileWith('c.wav', "ffconcat version 1.0\nfile '/etc/passwd'\n"), 422, 'not-audio'],
    ['a picture', () => fileWith('p.wav', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')), 422, 'not-audio'],
    ['a WAV that was cut off', () => cut(speech, 0.4), 422, 'unreadable-audio'],
    ['an M4A that was cut off', cutM4a, 422, 'unreadable-audio'],
    ['a FLAC full of nonsense', () => fileWith('n.flac', nonsenseFlac()), 422, 'unreadable-audio'],
    ['two hours', () => makeSilence(join(folder, 'long.flac'), 7_200), 422, 'too-long'],
    ['zero bytes', () => fileWith('empty.wav', ''), 400, 'bad-request'],
  ])('%s: refused at once', async (_, make, status, code) => {
    expect(await problemOf(await upload(await make()))).toMatchObject({ status, code, field: 'file' });
  });

  const cutFlac = async () => cut(await convert(speech, join(folder, 'whole.flac')), 0.5);
  it.each<[string, () => Promise<string>, string]>([
    ['a FLAC that was cut off', cutFlac, 'unreadable-audio'],
    ['silence', () => makeSilence(join(folder, 'silent.wav'), 3), 'not-audio'],
  ])('%s: failed, with the reason', async (_, make, error) => {
    expect(await outcomeOf(await upload(await make()))).toMatchObject({ status: 'failed', error });
  });

  it.each<[string, () => FormData | string, Record<string, string>, number, string]>([
    ['no form', () => '{}', { 'content-type': 'application/json' }, 415, 'unsupported-media-type'],
    ['a form without a boundary', () => 'x', { 'content-type': 'multipart/form-data' }, 400, 'bad-request'],
    [
      'a form that breaks off',
      () => '--b\r\nContent-Dis',
      { 'content-type': 'multipart/form-data; boundary=b' },
      400,
      'bad-request',
    ],
    ['no file', () => formWith({ title: 'x' }), {}, 400, 'bad-request'],
    [
      'too many fields',
      () => formWith(Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`f${n}`, 'x']))),
      {},
      400,
      'bad-request',
    ],
    ['a field that is too long', () => formWith({ title: 'x'.repeat(5_000) }), {}, 400, 'bad-request'],
    ['an unknown purpose', () => formWith({ purpose: 'fun' }, 2), {}, 400, 'bad-request'],
    ['a title that cannot be stored', () => formWith({ title: 'a\u0000b' }, 1), {}, 400, 'bad-request'],
    ['two files', () => formWith({}, 2), {}, 400, 'bad-request'],
    ['no token', () => formWith({}, 1), { authorization: '' }, 401, 'unauthorized'],
    ['a foreign page', () => formWith({}, 1), { origin: 'http://evil.test' }, 403, 'forbidden'],
  ])('%s', async (_, body, headers, status, code) => {
    expect(await problemOf(await send(body(), headers))).toMatchObject({ status, code });
  });

  it('leave nothing behind in the data folder but the segments', () => {
    expect(
      readdirSync(sfu.dataDir).flatMap((name) =>
        name.startsWith('uploads') ? readdirSync(join(sfu.dataDir, name)) : [],
      ),
    ).toEqual([]);
    const names = readdirSync(join(sfu.dataDir, 'segments'));
    expect(names.filter((name) => !/^[\w-]{36}\.(ogg|frames)$/.test(name))).toEqual([]);
    expect(names).toHaveLength(10);
  });
});

function cut(path: string, share: number): string {
  const bytes = readFileSync(path);
  return fileWith(`cut-${basename(path)}`, bytes.subarray(0, Math.floor(bytes.length * share)));
}

/** A right beginning, and then nothing that could be decoded. */
function nonsenseFlac(): Buffer {
  return Buffer.concat([Buffer.from('fLaC'), Buffer.alloc(50_000, 0x5a)]);
}

function formWith(fields: Record<string, string>, files = 0): FormData {
  const form = new FormData();
  for (const [key, value] of Object.entries(fields)) form.append(key, value);
  for (let n = 0; n < files; n++) form.append('file', new Blob([readFileSync(speech)]), 'speech.wav');
  return form;
}

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
    const remove = () =>
      fetch(`${sfu.url}/api/v1/segments/${spoken.segmentId}`, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${sfu.token}` },
      });
    await start(['26509'], { wait: true, level: 2 });
    expect([409, 204]).toContain((await remove()).status);
    await rig.reset([probe.broadcastId]);
    await remove();
    expect((await sfu.get(`/api/v1/segments/${spoken.segmentId}`)).status).toBe(404);
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

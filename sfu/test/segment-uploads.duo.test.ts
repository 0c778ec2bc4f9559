import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Socket } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemSchema } from '@loa/shared/protocol/errors';
import { type Change, changeSchema, type SegmentView } from '@loa/shared/protocol/live';
import { convert, makeSilence, makeSpeech, measureDurationMs, measureLoudness } from './support/audio-files.ts';
import { useProbedSfu } from './support/probed-sfu.ts';
import type { Rig } from './support/rig.ts';
import { outcomeOf, sendSegment, uploadSegment } from './support/segment-upload.ts';
import type { SfuStack } from './support/sfu-stack.ts';
import { waitFor } from './support/wait-for.ts';

/** What is taken as stored sound, what becomes of it, and what is refused; the sound on air meanwhile goes on. */

let sfu: SfuStack;
let rig: Rig;
let folder: string;
let speech: string;
/** A ready segment of a few seconds of speech. */
let spoken: SegmentView;

useProbedSfu((started) => ({ sfu, rig } = started));
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'loa-audio-'));
  speech = await makeSpeech(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function problemOf(response: Response) {
  const { error } = (await response.json()) as { error: unknown };
  return { status: response.status, ...problemSchema.parse(error) };
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
    const view = await outcomeOf(sfu, await uploadSegment(sfu, file));
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
    expect(await problemOf(await uploadSegment(sfu, await make()))).toMatchObject({ status, code, field: 'file' });
  });

  const cutFlac = async () => cut(await convert(speech, join(folder, 'whole.flac')), 0.5);
  it.each<[string, () => Promise<string>, string]>([
    ['a FLAC that was cut off', cutFlac, 'unreadable-audio'],
    ['silence', () => makeSilence(join(folder, 'silent.wav'), 3), 'not-audio'],
  ])('%s: failed, with the reason', async (_, make, error) => {
    expect(await outcomeOf(sfu, await uploadSegment(sfu, await make()))).toMatchObject({ status: 'failed', error });
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
    expect(await problemOf(await sendSegment(sfu, body(), headers))).toMatchObject({ status, code });
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

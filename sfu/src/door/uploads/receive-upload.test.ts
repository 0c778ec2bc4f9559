import { createWriteStream, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../../test/support/wait-for.ts';
import { createErrorHandler } from '../http/error-handler.ts';
import { createDiskRoom, freeBytesOf, MIN_FREE_BYTES } from './disk-room.ts';
import { receiveUpload } from './receive-upload.ts';

const MAX_BYTES = 50_000;
let folder: string;
let server: Server;
let url: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'loa-upload-'));
  const app = express();
  const room = createDiskRoom(() => freeBytesOf(folder));
  app.post('/', async (request, response) => {
    const { segment } = await receiveUpload(request, { uploadsDir: folder, room, maxBytes: MAX_BYTES });
    response.json(segment);
  });
  // It says the same whatever is written: what counts here is what was promised.
  const small = createDiskRoom(() => Promise.resolve(MIN_FREE_BYTES + MAX_BYTES));
  app.post('/small-disk', async (request, response) => {
    const { segment } = await receiveUpload(request, { uploadsDir: folder, room: small, maxBytes: MAX_BYTES });
    response.json(segment);
  });
  app.post('/full-disk/:room', async (request, response) => {
    const openFile = (path: string) => fullDisk(path, Number(request.params.room));
    const { segment } = await receiveUpload(request, { uploadsDir: folder, room, maxBytes: MAX_BYTES, openFile });
    response.json(segment);
  });
  app.use(createErrorHandler(pino({ level: 'silent' })));
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

/** A disk that takes `room` bytes and then is full. */
function fullDisk(path: string, room: number): Writable {
  const file = createWriteStream(path);
  let left = room;
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      left -= chunk.length;
      if (left < 0) done(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }));
      else file.write(chunk, done);
    },
    destroy(error, done) {
      file.close(() => done(error));
    },
  });
}

async function upload(name: string, bytes: number, fields: Record<string, string> = {}) {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  form.append('file', new Blob([new Uint8Array(bytes)]), name);
  const response = await fetch(url, { method: 'POST', body: form });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('an upload without a title', () => {
  it.each([
    ['an emoji where the name is cut', `${'a'.repeat(199)}😀.wav`, 'a'.repeat(199)],
    ['an emoji just before that', `${'a'.repeat(198)}😀.wav`, `${'a'.repeat(198)}😀`],
    ['spaces alone', '   ', 'file'],
    ['diacritics', 'Bản tin sáng thứ hai – Phường 1.wav', 'Bản tin sáng thứ hai – Phường 1.wav'],
  ])('is named after its file: %s', async (_, name, title) => {
    expect(await upload(name, 10)).toMatchObject({ status: 200, body: { title, originalName: title } });
    expect(await upload(name, 10, { title: ' ' })).toMatchObject({ status: 200, body: { title } });
  });
});

describe('the size of an upload', () => {
  it('may be as much as it may', async () => {
    expect(await upload('a.wav', MAX_BYTES - 1)).toMatchObject({ status: 200, body: { sizeBytes: MAX_BYTES - 1 } });
  });

  it('counts also when it was not announced; nothing is left of it', async () => {
    const before = readdirSync(folder);
    const boundary = 'limit';
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n`;
    const encoder = new TextEncoder();
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(encoder.encode(head));
        for (let sent = 0; sent <= MAX_BYTES; sent += 1_000) controller.enqueue(new Uint8Array(1_000));
        controller.enqueue(encoder.encode(`\r\n--${boundary}--\r\n`));
        controller.close();
      },
    });
    const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };
    const init = { method: 'POST', headers, body, duplex: 'half' } as RequestInit;
    const response = await fetch(url, init);
    expect([response.status, await response.json()]).toMatchObject([
      413,
      { error: { code: 'too-large', field: 'file' } },
    ]);
    expect(readdirSync(folder)).toEqual(before);
  });

  it.each([
    ['the file', 'name="file"; filename="a.wav"', 1],
    ['a file that is not asked for', 'name="other"; filename="a.wav"', 1],
    ['what comes after the form', 'name="file"; filename="a.wav"\r\n\r\n0\r\n--limit--', 5],
  ])('is told at the limit, not at the end: %s', async (_, part, times) => {
    const before = readdirSync(folder);
    const headers = { 'content-type': 'multipart/form-data; boundary=limit' };
    // It never ends.
    const sending = request(url, { method: 'POST', headers });
    sending.on('error', () => undefined);
    sending.write(`--limit\r\nContent-Disposition: form-data; ${part}\r\n\r\n`);
    sending.write(Buffer.alloc(times * MAX_BYTES + 1));
    const [response] = (await once(sending, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(413);
    sending.destroy();
    await waitFor(() => (readdirSync(folder).length === before.length ? '' : 'the file is still there'));
  });

  it('is refused before it comes when it is announced', async () => {
    expect(await upload('a.wav', MAX_BYTES + 200_000)).toMatchObject({
      status: 413,
      body: { error: { field: 'file' } },
    });
  });
});

describe('a disk that becomes full while an upload comes in', () => {
  it.each([0, 20_000, MAX_BYTES - 2])('after %d bytes is said at once, and nothing is left', async (room) => {
    const before = readdirSync(folder);
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(MAX_BYTES - 1)]), 'a.wav');
    const response = await fetch(`${url}/full-disk/${room}`, { method: 'POST', body: form });
    expect([response.status, await response.json()]).toMatchObject([
      503,
      { error: { code: 'unavailable', field: 'file' } },
    ]);
    expect(readdirSync(folder)).toEqual(before);
  });
});

describe('uploads that come in at the same time', () => {
  const headers = { 'content-type': 'multipart/form-data; boundary=limit' };
  const part = '--limit\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n';
  const begin = (contentLength?: number) => {
    const length = contentLength === undefined ? {} : { 'content-length': String(contentLength) };
    const sending = request(`${url}/small-disk`, { method: 'POST', headers: { ...headers, ...length } });
    sending.on('error', () => undefined);
    sending.write(part);
    return sending;
  };
  const answered = async (sending: ReturnType<typeof begin>) => {
    const [response] = (await once(sending, 'response')) as [IncomingMessage];
    let text = '';
    for await (const piece of response) text += String(piece);
    return { status: response.statusCode, ...(JSON.parse(text) as object) };
  };
  const FULL = { status: 503, error: { code: 'unavailable', field: 'file' } };

  it('do not count on the same room; what breaks off gives its own back', async () => {
    const before = readdirSync(folder);
    const first = begin(MAX_BYTES - 10);
    first.write('the first of many');
    await waitFor(() => (readdirSync(folder).length > before.length ? '' : 'the first upload'));
    expect(await answered(begin(MAX_BYTES - 10))).toMatchObject(FULL);
    first.destroy();
    await waitFor(() => (readdirSync(folder).length === before.length ? '' : 'the end of the first upload'));
    const end = '\r\n--limit--\r\n';
    const third = begin(part.length + 10 + end.length);
    third.end(`0123456789${end}`);
    expect(await answered(third)).toMatchObject({ status: 200, sizeBytes: 10 });
  });

  it('one that was not announced is refused when there is no room for it, and nothing is left', async () => {
    const before = readdirSync(folder);
    const sending = begin();
    sending.write(Buffer.alloc(1_000));
    expect(await answered(sending)).toMatchObject(FULL);
    sending.destroy();
    await waitFor(() => (readdirSync(folder).length === before.length ? '' : 'the file is still there'));
  });
});

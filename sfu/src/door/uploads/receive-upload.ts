import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Transform, type Writable } from 'node:stream';
import busboy from 'busboy';
import type { Request } from 'express';
import { z } from 'zod';
import type { SegmentId } from '@loa/shared/ids';
import { MAX_UPLOAD_BYTES } from '@loa/shared/protocol/limits';
import { plainText, toPlainText } from '@loa/shared/protocol/text';
import { ProblemError, toProblemError, toSchemaProblem } from '../problem-error.ts';
import type { NewSegment } from '../repositories/segment-repository.ts';
import type { DiskRoom, DiskShare } from './disk-room.ts';

/** Room for the other fields and the boundaries. */
const FORM_OVERHEAD_BYTES = 100_000;

const MAX_TITLE_LENGTH = 200;

export const uploadFieldsSchema = z.object({
  title: plainText(z.string().trim().min(1).max(MAX_TITLE_LENGTH)),
  purpose: z.enum(['audio', 'chime', 'emergency']).default('audio'),
});

/** Where the sound of an upload goes while it comes in. */
export type OpenFile = (path: string) => Writable;

export interface ReceivedUpload {
  readonly segment: NewSegment;
  readonly path: string;
}

export interface UploadOptions {
  readonly uploadsDir: string;
  readonly room: DiskRoom;
  readonly maxBytes?: number;
  readonly openFile?: OpenFile;
}

/** Streams one multipart upload (`title`, `purpose`, `file`) to disk. Throws a `ProblemError` and leaves no file when it is not right. */
export async function receiveUpload(request: Request, options: UploadOptions): Promise<ReceivedUpload> {
  const { uploadsDir, room, maxBytes = MAX_UPLOAD_BYTES } = options;
  const { openFile = (path: string) => createWriteStream(path, { mode: 0o600 }) } = options;
  await mkdir(uploadsDir, { recursive: true });
  const segmentId = randomUUID() as string as SegmentId;
  const path = join(uploadsDir, segmentId);
  const share = room.openShare();
  try {
    await checkRoom(Number(request.get('content-length') ?? 0), maxBytes, share);
    return await readForm(request, maxBytes, segmentId, path, share, openFile);
  } catch (error) {
    await rm(path, { force: true });
    throw (
      toProblemError(error) ??
      ((error as NodeJS.ErrnoException).code === 'ENOSPC' ? DISK_FULL() : null) ??
      new ProblemError('bad-request', `body: not a complete multipart upload (${String(error).slice(0, 120)})`)
    );
  } finally {
    share.close();
  }
}

/** `field` tells it from a door that is away for a moment: sending the same again does not help. */
const DISK_FULL = () =>
  new ProblemError('unavailable', 'file: there is no room for it on the disk of this server', { field: 'file' });

/** A file name as it may be shown and stored, also as a title; the file itself never has it. */
function toName(name: string | undefined): string {
  return toPlainText(name ?? '', MAX_TITLE_LENGTH) || 'file';
}

const tooLarge = (maxBytes: number) =>
  new ProblemError('too-large', `file: larger than ${maxBytes / 1e6} MB`, { field: 'file' });

async function checkRoom(announcedBytes: number, maxBytes: number, share: DiskShare): Promise<void> {
  if (announcedBytes > maxBytes + FORM_OVERHEAD_BYTES) throw tooLarge(maxBytes);
  if (!(await share.claim(announcedBytes))) throw DISK_FULL();
}

/** Hands on what there is room for; what was not announced may be more than that. */
function withinRoom(share: DiskShare): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      share.take(chunk.length).then((taken) => (taken ? done(null, chunk) : done(DISK_FULL())), done);
    },
  });
}

/**
 * Feeds a request to its parser. Not by `pipeline`, which would close the connection of a request that is refused before it has
 * all come, and the answer with it.
 */
async function readInto(request: Request, form: busboy.Busboy, maxBytes: number): Promise<void> {
  let bytes = 0;
  try {
    await new Promise<void>((resolve, reject) => {
      // Whatever else than the file is too much: parts that nobody asked for, or what comes after the form.
      request.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxBytes + FORM_OVERHEAD_BYTES) reject(tooLarge(maxBytes));
      });
      form.once('close', resolve).once('error', reject);
      request.once('error', reject);
      request.once('close', () => request.complete || reject(new Error('the upload broke off')));
      request.pipe(form);
    });
  } finally {
    request.unpipe(form);
    form.destroy();
  }
}

async function readForm(
  request: Request,
  maxBytes: number,
  segmentId: SegmentId,
  path: string,
  share: DiskShare,
  openFile: OpenFile,
): Promise<ReceivedUpload> {
  if (!request.is('multipart/form-data'))
    throw new ProblemError('unsupported-media-type', 'Content-Type: send multipart/form-data');
  const form = busboy({
    headers: request.headers,
    defParamCharset: 'utf8',
    limits: { files: 1, fields: 8, fieldSize: 2_000, fileSize: maxBytes },
  });
  const fields = new Map<string, string>();
  let stored: Promise<{ originalName: string; sizeBytes: number; sha256: string }> | null = null;

  const refuse = (message: string) => form.destroy(new ProblemError('bad-request', message, { field: 'body' }));
  form.on('fieldsLimit', () => refuse('body: too many fields; send title, purpose and file'));
  form.on('filesLimit', () => refuse('body: more than one file; send one'));
  form.on('field', (name, value, { valueTruncated }) => {
    if (valueTruncated) refuse(`${name.slice(0, 40)}: too long`);
    fields.set(name, value);
  });
  form.on('file', (name, file, info) => {
    // Who did not announce the size is told now, not after having sent all of it.
    file.once('limit', () => form.destroy(tooLarge(maxBytes)));
    // Of a part that is not written down nobody else hears that it broke off; unheard it would end the process.
    file.on('error', () => undefined);
    if (name !== 'file' || stored) {
      file.resume();
      return;
    }
    const hash = createHash('sha256');
    let sizeBytes = 0;
    const measure = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        sizeBytes += chunk.length;
        done(null, chunk);
      },
    });
    const written = pipeline(file, measure, withinRoom(share), openFile(path));
    // A parser whose file is not read any more never comes to its end: a full disk would keep the client waiting.
    written.catch((error: unknown) => form.destroy(error as Error));
    stored = written.then(() => ({
      originalName: toName(info.filename),
      sizeBytes,
      sha256: hash.digest('hex'),
    }));
    // The rejection is handled where `stored` is awaited; until then it must not count as unhandled.
    stored.catch(() => undefined);
  });
  await readInto(request, form, maxBytes);
  const file = await (stored as Promise<{ originalName: string; sizeBytes: number; sha256: string }> | null);
  if (!file || file.sizeBytes === 0) throw new ProblemError('bad-request', 'file: missing or empty', { field: 'file' });
  const title = fields.get('title')?.trim() || file.originalName;
  const parsed = uploadFieldsSchema.safeParse({ ...Object.fromEntries(fields), title });
  if (!parsed.success) throw toSchemaProblem(parsed.error);
  return { path, segment: { segmentId, ...parsed.data, ...file } };
}

import { toProblem, type Door } from '#lib/live/door.ts';
import type { Problem } from '@loa/shared/protocol/errors';
import { MAX_UPLOAD_BYTES } from '@loa/shared/protocol/limits';
import { segmentViewSchema, type SegmentView } from '@loa/shared/protocol/live';
import { err, ok, type Result } from '@loa/shared/result';

export interface Upload {
  readonly done: Promise<Result<SegmentView, Problem>>;
  abort(): void;
}

export interface UploadForm {
  readonly file: Blob;
  readonly fileName: string;
  readonly title: string;
  readonly purpose: SegmentView['purpose'];
}

/** What is known before a byte is sent. */
export function checkFile(file: { readonly size: number }): Problem | null {
  if (file.size === 0) return { code: 'bad-request', message: 'the file is empty', field: 'file' };
  if (file.size > MAX_UPLOAD_BYTES)
    return { code: 'too-large', message: 'the file is larger than the door accepts', field: 'file' };
  return null;
}

/** Sends a file with progress; only XMLHttpRequest tells how much of a body has left. */
export function upload(door: Door, form: UploadForm, onProgress: (share: number) => void): Upload {
  const request = new XMLHttpRequest();
  const { promise: done, resolve } = Promise.withResolvers<Result<SegmentView, Problem>>();
  let aborted = false;
  request.upload.onprogress = (event) => onProgress(event.lengthComputable ? event.loaded / event.total : 0);
  request.onload = () => resolve(readAnswer(request.status, request.responseText));
  request.onerror = () => resolve(err({ code: 'unavailable', message: 'the connection broke during the upload' }));
  void door.token().then((token) => {
    if (aborted) return;
    const body = new FormData();
    body.set('title', form.title);
    body.set('purpose', form.purpose);
    body.set('file', form.file, form.fileName);
    request.open('POST', `${door.url}/api/v1/segments`);
    if (token.ok) request.setRequestHeader('authorization', `Bearer ${token.value}`);
    request.send(body);
  });
  return {
    done,
    abort() {
      // A request that was not sent yet tells nobody that it was aborted.
      aborted = true;
      request.abort();
      resolve(err({ code: 'unavailable', message: 'aborted' }));
    },
  };
}

function readAnswer(status: number, text: string): Result<SegmentView, Problem> {
  let body: unknown = null;
  try {
    body = JSON.parse(text);
  } catch {
    // Not JSON: the status alone speaks.
  }
  if (status >= 400) return err(toProblem(body, status));
  const parsed = segmentViewSchema.safeParse(body);
  return parsed.success ? ok(parsed.data) : err({ code: 'internal', message: parsed.error.message });
}

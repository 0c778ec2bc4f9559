import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect } from 'vitest';
import { type SegmentView, segmentViewSchema } from '@loa/shared/protocol/live';
import type { SfuStack } from './sfu-stack.ts';
import { waitFor } from './wait-for.ts';

/** Sends a form, or what is none, to the library. */
export function sendSegment(
  sfu: SfuStack,
  body: FormData | string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${sfu.url}/api/v1/segments`, {
    method: 'POST',
    headers: { authorization: `Bearer ${sfu.token}`, ...headers },
    body,
  });
}

export function uploadSegment(sfu: SfuStack, path: string): Promise<Response> {
  const form = new FormData();
  form.append('title', 'Bản tin');
  form.append('file', new Blob([readFileSync(path)]), basename(path));
  return sendSegment(sfu, form);
}

/** What became of an upload that was taken. */
export async function outcomeOf(sfu: SfuStack, response: Response): Promise<SegmentView> {
  expect(response.status).toBe(202);
  const { segmentId } = segmentViewSchema.parse(await response.json());
  const view = async () => segmentViewSchema.parse(await (await sfu.get(`/api/v1/segments/${segmentId}`)).json());
  await waitFor(async () => ((await view()).status === 'processing' ? 'the end of the processing' : ''), 60_000);
  return view();
}

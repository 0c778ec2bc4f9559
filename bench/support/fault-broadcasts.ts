import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTone } from '../../sfu/test/support/audio-files.ts';
import type { SfuStack } from '../../sfu/test/support/sfu-stack.ts';
import { sleep } from './figures.ts';

/** Longer than all rounds of one fault take. */
const BELOW_S = 900;

export interface Started {
  readonly broadcastId: string;
  readonly tag: number;
}

interface StoredSource {
  readonly kind: 'segment';
  readonly segmentId: string;
  readonly durationMs: number;
}

/** A stored programme of level 0, which a voice in the same zones keeps silent. */
export async function uploadBelow(node: SfuStack): Promise<StoredSource> {
  const path = await makeTone(join(node.dataDir, 'below.opus'), BELOW_S);
  const form = new FormData();
  form.set('title', 'below');
  form.set('file', new Blob([readFileSync(path)]), 'below.opus');
  const headers = { authorization: `Bearer ${node.token}` };
  const response = await fetch(`${node.url}/api/v1/segments`, { method: 'POST', headers, body: form });
  let view = (await response.json()) as { segmentId: string; status: string; durationMs: number };
  while (view.status === 'processing') {
    await sleep(200);
    view = (await (await node.get(`/api/v1/segments/${view.segmentId}`)).json()) as typeof view;
  }
  if (view.status !== 'ready') throw new Error(`the stored programme: ${JSON.stringify(view)}`);
  return { kind: 'segment', segmentId: view.segmentId, durationMs: view.durationMs };
}

/** Whether a node has the sound of a segment on its own disk. */
export async function hasSegment(node: SfuStack, segmentId: string): Promise<boolean> {
  const view = await node.get(`/api/v1/segments/${segmentId}`);
  return view.status === 200 && ((await view.json()) as { status: string }).status === 'ready';
}

/** Starts a broadcast in the whole city. */
export async function startEverywhere(node: SfuStack, title: string, source: object, level: number): Promise<Started> {
  const root = node.zones.find(({ parentId }) => parentId === null)?.id ?? '';
  const rest = { authority: 1, mode: 'replace', wait: false };
  const response = await node.post('/api/v1/broadcasts', {
    id: randomUUID(),
    key: randomUUID(),
    title,
    source,
    zones: [root],
    level,
    ...rest,
  });
  if (response.status !== 201) throw new Error(`${title} not started: ${response.status} ${await response.text()}`);
  return (await response.json()) as Started;
}

export async function stopAll(node: SfuStack): Promise<void> {
  const { broadcasts } = (await (await node.get('/api/v1/broadcasts')).json()) as { broadcasts: Started[] };
  for (const { broadcastId } of broadcasts) await node.post(`/api/v1/broadcasts/${broadcastId}/stop`, {});
}

import { describe, expect, it } from 'vitest';
import { segmentRoutes } from './segment-routes.ts';

const view = { segmentId: 'segment-1', status: 'processing' };

/** What a route answers about a segment that is being processed and, oddly, on air. */
async function problemOf(method: string, path: string): Promise<unknown> {
  const broadcast = { spec: { source: { kind: 'segment', segmentId: 'segment-1' } } };
  const picture = { state: { broadcasts: new Map([['b', broadcast]]) } };
  const library = { find: () => view };
  const routes = segmentRoutes({ greeted: true }, library as never, picture as never, {
    segmentsDir: '',
    uploadsDir: '',
  });
  const route = routes.find((each) => each.method === method && each.path === path);
  const input = { params: { segmentId: 'segment-1' }, query: {}, body: null, request: {}, response: {} };
  return Promise.resolve()
    .then(() => route?.handle(input as never))
    .catch((error: unknown) => error);
}

describe('a conflict about a segment names the segment', () => {
  it.each([
    ['get', '/segments/:segmentId/audio'],
    ['delete', '/segments/:segmentId'],
  ])('%s %s', async (method, path) => {
    expect(await problemOf(method, path)).toMatchObject({ code: 'conflict', field: 'segmentId' });
  });
});

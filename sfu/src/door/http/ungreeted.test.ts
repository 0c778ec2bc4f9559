import { describe, expect, it } from 'vitest';
import { buildZoneTree } from '@loa/shared/zones/zone-tree';
import { createLivePicture } from '../live/live-picture.ts';
import { broadcastRoutes } from './broadcast-routes.ts';
import { networkRoutes } from './network-routes.ts';
import { segmentRoutes } from './segment-routes.ts';

const city = { id: 'city', parentId: null, kind: 'ward', code: '1', name: 'city' };
const built = buildZoneTree([city as never]);
if (!built.ok) throw new Error('the test tree is broken');
const picture = createLivePicture({ tree: built.value, treeVersion: '1' }, () => 1_000);
const folders = { segmentsDir: '', uploadsDir: '' };
const library = { find: () => ({ status: 'ready' }), remove: () => Promise.resolve(true) } as never;
const ended = { readEnded: () => Promise.resolve([]) } as never;

/** What a door answers that has, or has never, been told what is live. */
async function answerOf(greeted: boolean, method: string, path: string, query: object): Promise<unknown> {
  const session = { greeted };
  const route = [
    ...broadcastRoutes(session, picture, {} as never, ended),
    ...segmentRoutes(session, library, picture, folders),
    ...networkRoutes({ session, picture } as never),
  ].find((each) => each.method === method && each.path === path);
  const input = { params: { segmentId: 'segment-1' }, query, body: null, request: {}, response: {} };
  return Promise.resolve()
    .then(() => route?.handle(input as never))
    .catch((error: unknown) => error);
}

describe('a door that has never been told what is live', () => {
  it.each([
    ['get', '/broadcasts', { state: 'live' }, { broadcasts: [] }],
    ['get', '/sources', {}, { sources: [] }],
    ['delete', '/segments/:segmentId', {}, null],
  ])('does not say that nothing is: %s %s', async (method, path, query, known) => {
    expect(await answerOf(false, method, path, query)).toMatchObject({ code: 'unavailable' });
    expect(await answerOf(true, method, path, query)).toEqual(known);
  });

  it('says what has ended', async () => {
    expect(await answerOf(false, 'get', '/broadcasts', { state: 'ended', limit: 1 })).toEqual({ broadcasts: [] });
  });
});

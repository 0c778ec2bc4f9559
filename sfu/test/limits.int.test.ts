import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MAX_ZONES_PER_BROADCAST } from '@loa/shared/broadcasts/commands';
import { createRig, type Rig } from './support/rig.ts';
import { type SfuStack, startSfuStack } from './support/sfu-stack.ts';

/** The bounds that PROTOCOL.md states, and what is answered beyond them. */

let sfu: SfuStack;
let rig: Rig;

beforeAll(async () => {
  sfu = await startSfuStack();
  rig = createRig(sfu);
});
afterAll(() => sfu.close());
afterEach(() => rig.reset());

const startRequest = (zones: readonly string[]) => ({
  id: randomUUID(),
  key: randomUUID(),
  title: 'Thông báo thử',
  source: { kind: 'live', sourceId: 'no-such-source' },
  zones,
  level: 1,
  authority: 1,
  mode: 'replace',
  wait: false,
});

describe('PV3: a start that names as many zones as it may', () => {
  const zonesOf = (count: number) => Array.from({ length: count }, () => randomUUID());

  it('is answered over the socket and over HTTP alike', async () => {
    const studio = await rig.studio();
    studio.io.reconnection(false);
    const request = startRequest(zonesOf(MAX_ZONES_PER_BROADCAST));
    const refused = { code: 'refused', details: { code: 'unknown-source' } };
    expect(await studio.timeout(5_000).emitWithAck('broadcast:start', request)).toMatchObject({
      ok: false,
      error: refused,
    });
    expect(studio.connected).toBe(true);
    const answer = await sfu.post('/api/v1/broadcasts', request);
    expect([answer.status, await answer.json()]).toMatchObject([409, { error: refused }]);
  });

  it('one more is refused with the field, and the connection stays', async () => {
    const studio = await rig.studio();
    const request = startRequest(zonesOf(MAX_ZONES_PER_BROADCAST + 1));
    const refused = { code: 'bad-request', field: 'zones' };
    expect(await studio.timeout(5_000).emitWithAck('broadcast:start', request)).toMatchObject({
      ok: false,
      error: refused,
    });
    expect(studio.connected).toBe(true);
    const answer = await sfu.post('/api/v1/broadcasts', request);
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: refused }]);
  });
});

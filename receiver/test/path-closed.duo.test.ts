import { afterEach, describe, expect, it } from 'vitest';
import { childrenOf } from '../../sfu/test/support/children.ts';
import { publish } from '../../sfu/test/support/foreign-client.ts';
import { createRig } from '../../sfu/test/support/rig.ts';
import { startSfuStack } from '../../sfu/test/support/sfu-stack.ts';
import { FULL_ACCESS } from '../src/path/media-access.ts';
import { CONTROL_BUS } from '../src/path/media-path.ts';
import { joinWhep } from '../src/path/whep-session.ts';
import { LoopbackDoor, TEST_TOKEN } from './support/loopback-door.ts';
import { type Site, startSite, tonePackets } from './support/site.ts';
import { waitFor } from './support/wait-for.ts';

/** What the receiver says of its path, in this order, when the server has told it that the path is gone. */
const HEARD_OF_IT = ['the server closed the media path', 'media path lost', 'joined'];
const OF_THE_PATH = new Set([...HEARD_OF_IT, 'join failed', 'media path up']);

/** In reverse, at the end of each test. */
const closing: Array<() => unknown> = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const ofThePath = ({ said }: Site): string[] => said.filter((message) => OF_THE_PATH.has(message));

describe('a receiver that is told that a media path is gone', () => {
  async function start() {
    const door = await new LoopbackDoor().open();
    closing.push(() => door.close());
    const site = await startSite({ url: door.url, token: TEST_TOKEN }, 'zone-cluster');
    closing.push(() => site.receiver.close());
    await waitFor(() => site.times('media path up') < 1 && 'the path');
    return { door, site };
  }

  it('PO22: joins anew at once if it is its own, whatever pilots still come', async () => {
    const { door, site } = await start();
    door.sayPathClosed({ pathId: '1' });
    await waitFor(() => site.times('joined') < 2 && 'the second path');
    expect(ofThePath(site)).toEqual(['joined', 'media path up', ...HEARD_OF_IT]);
  });

  it('PO22: changes nothing if it is another one, or one that it has left, or if the message is none', async () => {
    const { door, site } = await start();
    door.reassign(['zone-city', 'zone-ward', 'zone-cluster-2']);
    await waitFor(() => site.times('left the old path') < 1 && 'the end of the first path');
    for (const message of [{ pathId: '1' }, { pathId: 'other' }, { pathId: 2 }, {}, null, 'x'])
      door.sayPathClosed(message);
    // What is sent after them is heard after them.
    door.changeSettings({ volume: 50 });
    await waitFor(() => door.reports.at(-1)?.volume !== 50 && 'the settings');
    expect(site.times('a message that does not fit the protocol was ignored')).toBe(4);
    expect(ofThePath(site)).toEqual(['joined', 'media path up', 'joined']);
    expect(door.joins).toBe(2);
  });

  it('PO22: gives up a join whose session is gone before it is connected, and tries again later', async () => {
    const door = await new LoopbackDoor().open();
    closing.push(() => door.close());
    door.onAnswer = (join) => {
      if (join === 1) door.sayPathClosed({ pathId: '1' });
    };
    const site = await startSite({ url: door.url, token: TEST_TOKEN }, 'zone-cluster');
    closing.push(() => site.receiver.close());
    await waitFor(() => site.times('media path up') < 1 && 'the path');
    expect(ofThePath(site)).toEqual(['join failed', 'joined', 'media path up']);
    expect(door.mostJoinsAtOnce).toBe(1);
  });
});

describe('a receiver whose media worker dies, or hangs, while the voice is on air', () => {
  it.each(['SIGKILL', 'SIGSTOP'] as const)(
    'PO22: hears of it, joins anew and hears the voice again (%s)',
    async (how) => {
      const sfu = await startSfuStack({ separate: true, settings: { SFU_WORKERS: '2' } });
      closing.push(() => sfu.close());
      const rig = createRig(sfu);
      closing.push(() => rig.reset());
      const packets = await tonePackets();
      // The voice comes first and is on the first worker; so the receiver is on the second.
      const voice = rig.keep(await publish(sfu.url, sfu.token));
      voice.play((n) => packets[n % packets.length] ?? Buffer.alloc(0));
      const site = await startSite(sfu, sfu.zoneByCode('77.26506.L.0001').code);
      closing.push(() => site.receiver.close());
      await waitFor(() => site.times('media path up') < 1 && 'the path');
      await rig.startLive(voice, ['747']);
      await waitFor(() => site.receiver.engine.sounding().length === 0 && 'the voice');

      const before = site.said.length;
      const heard = site.receiver.engine.stats().packets;
      const second = childrenOf(sfu.pumpPid)[1] ?? 0;
      process.kill(second, how);
      await waitFor(() => site.times('joined') < 2 && `the second path: ${site.said.slice(before).join(', ')}`);
      await waitFor(() => site.receiver.engine.stats().packets < heard + 100 && 'the voice over the new path');
      if (how === 'SIGKILL') {
        // Were it the pilots that stayed away, the path would be lost before the server was heard of.
        const after = site.said.slice(before).filter((message) => OF_THE_PATH.has(message));
        expect(after.slice(0, 3)).toEqual(HEARD_OF_IT);
        expect(after.filter((message) => message === 'joined')).toHaveLength(1);
      }
      expect(site.receiver.engine.sounding()).toMatchObject([{ role: 'main' }]);
    },
  );
});

describe('PO50: a path that its node closes', () => {
  it('is told over the path itself, where the receiver has no socket to that node: as of a second path that gives its place', async () => {
    const sfu = await startSfuStack();
    closing.push(() => sfu.close());
    const rig = createRig(sfu);
    closing.push(() => rig.reset());
    const { assignment } = await rig.join('26506');
    const down: string[] = [];
    const joined = await joinWhep({
      whepUrl: assignment.whepUrl,
      token: sfu.token,
      buses: [CONTROL_BUS, ...assignment.path.map(({ zoneId }) => String(zoneId))],
      signal: new AbortController().signal,
      access: FULL_ACCESS,
      ipv6: false,
      onArrival: () => undefined,
      onAnswered: () => undefined,
      onDown: (state) => down.push(state),
    });
    if (!joined.ok) throw new Error(JSON.stringify(joined.error));
    closing.push(() => joined.value.close());
    const headers = { authorization: `Bearer ${sfu.token}` };
    await fetch(`${sfu.url}/whep/sessions/${joined.value.pathId}`, { method: 'DELETE', headers });
    await waitFor(() => down.length === 0 && 'the farewell of the media worker');
    expect(down).toEqual(['closed']);
  });
});

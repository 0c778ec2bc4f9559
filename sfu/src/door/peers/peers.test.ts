import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { Server } from 'socket.io';
import { expect, it, vi } from 'vitest';
import type { ReceiverId } from '@loa/shared/ids';
import type { PeerNode } from '../../link/peer-nodes.ts';
import { createPeers } from './peers.ts';

const WAIT = { timeout: 15_000, interval: 20 };
const ID = 'receiver-1' as ReceiverId;
const RECEIVER = {
  receiverId: ID,
  name: 'Loa 1',
  kind: 'loudspeaker',
  zoneId: 'zone-1',
  softwareVersion: 'test',
  online: true,
  lastSeenAt: 1,
  muted: false,
  volume: 100,
  emergencyVolume: 100,
  report: null,
};

it('ND30: the door of a node that Redis does not show any more is heard as long as it answers, and then forgotten', async () => {
  const http = createServer();
  const doors = new Server(http);
  let connections = 0;
  doors.of('/doors').on('connection', (socket) => {
    connections += 1;
    socket.emit('door:picture', { receivers: [RECEIVER], sources: [], segments: [] });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const url = `http://127.0.0.1:${String((http.address() as AddressInfo).port)}`;
  const nothing = () => undefined;
  const peers = createPeers({
    accessToken: 'token',
    log: pino({ level: 'silent' }),
    serverNow: Date.now,
    delays: () => ({ merge: nothing }),
    picture: { setSource: nothing, removeSource: nothing, replaceSources: nothing },
    mirror: { reconcile: nothing, learn: nothing, forget: nothing } as never,
    hub: () => ({ followPeer: nothing, forgetElsewhere: nothing }),
  });
  const node: PeerNode = {
    node: 'b',
    door: { publicUrl: url, nodeUrl: url },
    draining: false,
    full: false,
    away: false,
  };
  peers.follow([node]);
  await vi.waitFor(() => expect(peers.viewOf(ID)).toMatchObject({ online: true }), WAIT);

  peers.follow([]);
  expect(peers.viewOf(ID)).toMatchObject({ online: true });
  expect(peers.connected).toBe(1);
  // Who is there again is connected to as before.
  peers.follow([node]);
  peers.follow([]);
  expect(connections).toBe(1);

  doors.of('/doors').disconnectSockets(true);
  await vi.waitFor(() => expect(peers.viewOf(ID)).toBeUndefined(), WAIT);
  expect(peers.connected).toBe(0);
  await expect(peers.set({ receiverId: ID, volume: 1 })).rejects.toThrow('is away');
  peers.follow([node]);
  await vi.waitFor(() => expect([connections, peers.connected]).toEqual([2, 1]), WAIT);
  peers.close();
  await doors.close();
});

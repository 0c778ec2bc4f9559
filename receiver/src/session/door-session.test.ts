import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ReceiverId } from '@loa/shared/ids';
import pino from 'pino';
import { Server } from 'socket.io';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DoorSession } from './door-session.ts';

const closers: Array<() => unknown> = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A door that takes whoever registers; `doors`: what it tells of others. */
async function openDoor(doors: string[] = []) {
  const http = createServer();
  const server = new Server(http);
  const seen = { connections: 0, registrations: 0 };
  server.of('/receivers').on('connection', (socket) => {
    seen.connections += 1;
    socket.on('receiver:register', (_, answer: (acknowledgement: unknown) => void) => {
      seen.registrations += 1;
      const { port } = http.address() as AddressInfo;
      answer({
        ok: true,
        data: {
          receiverId: 'r',
          zoneId: 'z',
          path: [{ zoneId: 'z', name: 'z' }],
          whepUrl: `http://127.0.0.1:${String(port)}/whep/receivers/r`,
          playoutDelayMs: 60,
          volume: 100,
          emergencyVolume: 100,
          muted: false,
          doors,
          serverTimeMs: 0,
        },
      });
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  return { url: `http://127.0.0.1:${String((http.address() as AddressInfo).port)}`, seen };
}

async function setUp() {
  const other = await openDoor();
  const own = await openDoor([other.url]);
  const assigned: string[] = [];
  const session = new DoorSession({
    doorUrl: own.url,
    token: '',
    registration: { receiverId: 'r' as ReceiverId, name: 'r', kind: 'loudspeaker', zone: 'z', softwareVersion: '1' },
    log: pino({ level: 'silent' }),
    onAssigned: ({ whepUrl }) => void assigned.push(new URL(whepUrl).origin),
    onSettings: () => undefined,
    onPathClosed: () => undefined,
    onOnline: () => undefined,
  });
  closers.push(() => session.close());
  session.open();
  await vi.waitFor(() => expect(assigned).toEqual([own.url]));
  return { own, other, assigned, session };
}

describe('ND52: a move that the path asked for', () => {
  it('is made when another door answers', async () => {
    const { own, other, assigned, session } = await setUp();
    session.moveOn(() => true);
    await vi.waitFor(() => expect(assigned).toEqual([own.url, other.url]));
  });

  it('is not when the path speaks again by then; the next time it is, without a pause', async () => {
    const { own, other, assigned, session } = await setUp();
    const isStill = vi.fn(() => false);
    session.moveOn(isStill);
    await vi.waitFor(() => expect(isStill).toHaveBeenCalled());
    await vi.waitFor(() => {
      session.moveOn(() => true);
      expect(other.seen.connections).toBe(2);
    });
    await vi.waitFor(() => expect(assigned).toEqual([own.url, other.url]));
    expect(other.seen.registrations).toBe(1);
  });
});

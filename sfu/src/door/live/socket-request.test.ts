import { EventEmitter } from 'node:events';
import { pino } from 'pino';
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest';
import { broadcastRefSchema } from '@loa/shared/protocol/live';
import { clockProbeSchema, type receivedRecordsSchema } from '@loa/shared/protocol/receivers';
import type { AnswerOf, ReceiverToDoor, RequestOf, StudioToDoor } from '@loa/shared/protocol/sockets';
import { actorSchema } from '@loa/shared/broadcasts/commands';
import { PROTOCOL } from '@loa/shared/protocol/version';
import { checkHandshake, createSocketRequests, type SocketRequests } from './socket-request.ts';

/** As much of a socket as requests need. */
class StandInSocket extends EventEmitter {
  closed = false;
  #onAny: (event: string, ...args: unknown[]) => void = () => undefined;

  onAny(listener: (event: string, ...args: unknown[]) => void) {
    this.#onAny = listener;
  }
  disconnect() {
    this.closed = true;
    this.emit('disconnect');
  }
  ask(event: string, ...args: unknown[]): Promise<unknown> {
    return new Promise((resolve) => this.#onAny(event, ...args, resolve));
  }
}

/** For their types alone. */
declare const _on: SocketRequests<ReceiverToDoor>['on'];
type SchemaOf<F extends (...args: never[]) => void> = Parameters<F>[1];

const open: StandInSocket[] = [];
afterEach(() => {
  for (const socket of open.splice(0)) socket.disconnect();
});

function setUp() {
  const socket = new StandInSocket();
  open.push(socket);
  return { socket, requests: createSocketRequests<StudioToDoor>(socket, pino({ level: 'silent' })) };
}

describe('the name in a handshake', () => {
  it.each([
    ['Lan\tHương', 'Lan Hương'],
    [`${'a'.repeat(119)}🚨`, 'a'.repeat(119)],
    ['a\u0000b', 'a b'],
    [7, ''],
  ])('%j never keeps its owner from speaking', (given, taken) => {
    const { name } = checkHandshake({ protocol: PROTOCOL.current, token: 't', name: given }, 't', false);
    expect(name).toBe(taken);
    expect(actorSchema.safeParse({ id: 's', name }).success).toBe(true);
  });
});

describe('requests over a socket', () => {
  it('PV2: are answered once, with data, with the field that is wrong, or with nothing but a code for a bug of ours', async () => {
    const { socket, requests } = setUp();
    requests.on('clock:probe', clockProbeSchema, ({ clientTimeMs }) => ({ clientTimeMs, serverTimeMs: 7 }));
    requests.on('broadcast:stop', broadcastRefSchema, () => Promise.reject(new TypeError('secret inside')));
    expect(await socket.ask('clock:probe', { clientTimeMs: 3 })).toEqual({
      ok: true,
      data: { clientTimeMs: 3, serverTimeMs: 7 },
    });
    expect(await socket.ask('clock:probe', {})).toMatchObject({ ok: false, error: { field: 'clientTimeMs' } });
    const failed = await socket.ask('broadcast:stop', { broadcastId: 'b' });
    expect(failed).toMatchObject({ ok: false, error: { code: 'internal' } });
    expect(JSON.stringify(failed)).not.toContain('secret');
    expect(socket.closed).toBe(false);
  });

  it('have the types of their map: what is sent, and what is answered', () => {
    expectTypeOf<RequestOf<StudioToDoor, 'broadcast:stop'>>().toEqualTypeOf<{ broadcastId: string }>();
    expectTypeOf<RequestOf<StudioToDoor, 'live:sync'>>().toEqualTypeOf<undefined>();
    expectTypeOf<AnswerOf<StudioToDoor, 'receiver:set'>>().toEqualTypeOf<null>();
    expectTypeOf<AnswerOf<ReceiverToDoor, 'clock:probe'>>().toEqualTypeOf<{
      clientTimeMs: number;
      serverTimeMs: number;
    }>();

    expectTypeOf<SchemaOf<typeof _on<'playout:records', typeof receivedRecordsSchema>>>().not.toBeNever();
    expectTypeOf<SchemaOf<typeof _on<'playout:records', typeof broadcastRefSchema>>>().toBeNever();
  });
});

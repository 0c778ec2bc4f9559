import { randomUUID } from 'node:crypto';
import { io, type Socket } from 'socket.io-client';
import type { BroadcastView } from '@loa/shared/protocol/live';
import type { Assignment } from '@loa/shared/protocol/receivers';
import { type ForeignListener, type ForeignSource, listenTo, publish } from './foreign-client.ts';
import type { SfuStack } from './sfu-stack.ts';
import { waitFor } from './wait-for.ts';

export interface JoinedReceiver extends ForeignListener {
  readonly receiverId: string;
  /** What it says its zone is. */
  readonly zone: string;
  readonly assignment: Assignment;
  readonly socket: Socket;
}

export interface StartOptions {
  readonly [field: string]: unknown;
}

/** Speakers, receivers and sockets of one test file; whatever was opened is closed by `reset`. */
export interface Rig {
  /** Registers as a receiver and joins with one m-line for control and one for each zone of the path. */
  join(zone: string, receiverId?: string): Promise<JoinedReceiver>;
  /** Registers again on the same socket, saying the same, and joins beside the path that it has. */
  rejoin(receiver: JoinedReceiver): Promise<JoinedReceiver>;
  /** A connected source that sends frames of its own kind every 20 ms. */
  speak(tone: number): Promise<ForeignSource>;
  start(source: object, codes: readonly string[], rest?: StartOptions): Promise<Response>;
  startLive(source: ForeignSource, codes: readonly string[], rest?: StartOptions): Promise<BroadcastView>;
  stop(broadcastId: string): Promise<Response>;
  broadcast(broadcastId: string): Promise<BroadcastView>;
  socket(namespace: string, auth: object, headers?: Record<string, string>): Socket;
  studio(): Promise<Socket>;
  keep<T extends { close(): unknown }>(thing: T): T;
  /** Ends all broadcasts, except some, and closes all clients. */
  reset(except?: readonly string[]): Promise<void>;
}

/** The payload that `speak` sends: looks like CELT of 20 ms and tells its kind and number. */
export function spokenFrame(tone: number, n: number): Buffer {
  return Buffer.from([0xf8, 0xff, tone, (n >> 8) & 0xff, n & 0xff]);
}

/** The packets of one kind that a listener got, in the order of their arrival, each once. */
export function heardOf(listener: ForeignListener, tone: number) {
  return listener.heard.filter(({ payload }) => payload.length === 5 && payload[2] === tone);
}

/** Numbers of the frames of one kind. */
export function numbersOf(listener: ForeignListener, tone: number): number[] {
  return heardOf(listener, tone).map(({ payload }) => payload.readUInt16BE(3));
}

export function createRig(sfu: SfuStack): Rig {
  const open: Array<{ close(): unknown }> = [];
  const keep = <T extends { close(): unknown }>(thing: T): T => {
    open.push(thing);
    return thing;
  };

  const register = async (socket: Socket, receiverId: string, zone: string): Promise<JoinedReceiver> => {
    const registration = { receiverId, name: receiverId, kind: 'loudspeaker', zone, softwareVersion: 'test' };
    const answer = (await socket.timeout(10_000).emitWithAck('receiver:register', registration)) as {
      ok: boolean;
      data: Assignment;
    };
    if (!answer.ok) throw new Error(`not registered: ${JSON.stringify(answer)}`);
    const listener = keep(await listenTo(answer.data.whepUrl, sfu.token, 1 + answer.data.path.length));
    return { ...listener, receiverId, zone, assignment: answer.data, socket };
  };

  const rig: Rig = {
    keep,
    socket: (namespace, auth, headers = {}) =>
      keep(
        io(`${sfu.url}${namespace}`, {
          auth,
          transports: ['websocket'],
          forceNew: true,
          reconnectionDelay: 100,
          extraHeaders: headers,
        }),
      ),
    async studio() {
      const socket = rig.socket('/studio', { protocol: 1, token: sfu.token, name: 'Phòng thử' });
      await waitFor(() => (socket.connected ? '' : 'the studio socket'));
      return socket;
    },
    join(zone, receiverId = `test-${randomUUID()}`) {
      return register(rig.socket('/receivers', { protocol: 1, token: sfu.token }), receiverId, zone);
    },
    rejoin: ({ socket, receiverId, zone }) => register(socket, receiverId, zone),
    async speak(tone) {
      const source = keep(await publish(sfu.url, sfu.token));
      source.play((n) => spokenFrame(tone, n));
      return source;
    },
    start: (source, codes, rest = {}) =>
      sfu.post('/api/v1/broadcasts', {
        id: randomUUID(),
        key: randomUUID(),
        title: 'Thông báo thử',
        source,
        zones: codes.map((code) => sfu.zoneByCode(code).id),
        level: 1,
        authority: 1,
        mode: 'replace',
        wait: false,
        ...rest,
      }),
    async startLive(source, codes, rest) {
      const response = await rig.start({ kind: 'live', sourceId: source.sourceId }, codes, rest);
      if (response.status !== 201) throw new Error(`not started: ${response.status} ${await response.text()}`);
      return (await response.json()) as BroadcastView;
    },
    stop: (broadcastId) => sfu.post(`/api/v1/broadcasts/${broadcastId}/stop`, {}),
    async broadcast(broadcastId) {
      const response = await sfu.get(`/api/v1/broadcasts/${broadcastId}`);
      if (response.status !== 200) throw new Error(`broadcast: ${response.status} ${await response.text()}`);
      return (await response.json()) as BroadcastView;
    },
    async reset(except = []) {
      const answer = await sfu.get('/api/v1/broadcasts');
      const { broadcasts } = (await answer.json()) as { broadcasts: BroadcastView[] };
      for (const { broadcastId } of broadcasts) if (!except.includes(broadcastId)) await rig.stop(broadcastId);
      for (const thing of open.splice(0).reverse()) await thing.close();
    },
  };
  return rig;
}

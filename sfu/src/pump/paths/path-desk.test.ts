import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { ZoneId } from '@loa/shared/ids';
import { MAX_OUTPUT_STREAMS } from '@loa/shared/protocol/limits';
import type { Asked } from '../../link/messages.ts';
import { createBusMap } from '../buses/bus-map.ts';
import { createBus } from '../buses/bus.ts';
import { createZoneOutputs } from '../outputs/zone-outputs.ts';
import type { MediaWorker } from '../workers/media-worker.ts';
import type { WorkerPool } from '../workers/worker-pool.ts';
import { createPathDesk } from './path-desk.ts';

/** What the media worker makes, without one. */
function fakeThing(onClose: () => void = () => undefined) {
  const observer = new EventEmitter();
  const thing = {
    id: 'thing',
    closed: false,
    observer,
    on: () => undefined,
    iceCandidates: [],
    send: () => undefined,
    close() {
      if (thing.closed) return;
      thing.closed = true;
      onClose();
      observer.emit('close');
    },
  };
  return thing;
}

/** @param onConsumed called when a path has all that it needs, before it is handed over. */
function openDesk(maxPaths: number, onConsumed: (transport: { close(): void }) => void = () => undefined) {
  const media = {
    router: { rtpCapabilities: {} },
    countSent: () => undefined,
    entrance: { produce: () => Promise.resolve(fakeThing()) },
  };
  const openTransport = () => {
    const consumers = new Set<{ close(): void }>();
    const transport = fakeThing(() => {
      for (const consumer of consumers) consumer.close();
    });
    const consume = () => {
      const consumer = fakeThing();
      consumers.add(consumer);
      const rtpParameters = {
        get encodings() {
          onConsumed(transport);
          return [{ ssrc: 1 }];
        },
      };
      return Promise.resolve(Object.assign(consumer, { rtpParameters }));
    };
    return Promise.resolve({ media, transport: Object.assign(transport, { consume }), answer: {} });
  };
  const worker = { closed: false, transports: 0, openTransport } as unknown as MediaWorker;
  let preferred: boolean | undefined;
  const workers = {
    figures: { wanted: 1, alive: 1, died: 0 },
    use: (task: (worker: MediaWorker) => unknown, prefer: (worker: MediaWorker) => boolean) => {
      preferred = prefer(worker);
      return Promise.resolve(worker).then(task);
    },
  } as unknown as WorkerPool;
  const outputs = createZoneOutputs();
  const closed: string[] = [];
  const desk = createPathDesk({
    workers,
    limit: () => ({ max: maxPaths, remedy: 'raise SFU_MAX_LISTENERS' }),
    onTaken: () => undefined,
    buses: createBusMap(),
    outputs,
    controlBus: createBus('control'),
    onOutputOpened: () => undefined,
    onClosed: (pathId) => closed.push(pathId),
  });
  const open = (pathId: string, of: Asked<'whep:open'>['streams'][number]['of'], payloadType = 111) =>
    desk.open({ pathId, payloadType, dtls: { role: 'client', fingerprints: [] }, streams: [{ mid: '0', of }] });
  return {
    desk,
    outputs,
    closed,
    /** Whether the worker was preferred for the last one who came. */
    wasPreferred: () => preferred,
    load: (transports: number) => Object.assign(worker, { transports }),
    listen: (pathId: string, zone = 'ward', payloadType?: number) =>
      open(pathId, { kind: 'output', zoneId: zone as ZoneId }, payloadType),
    receive: (pathId: string) => open(pathId, { kind: 'bus', zoneId: 'ward' as ZoneId }),
    second: (pathId: string) => open(pathId, { kind: 'emergencies', zoneId: 'ward' as ZoneId }),
  };
}

describe('ND21: second paths', () => {
  it('are closed, and told of, when first ones need their places; also one that was just being opened', async () => {
    const { desk, closed, receive, second } = openDesk(2);
    await second('far-1');
    const [late, first] = await Promise.allSettled([second('far-2'), receive('near-1')]);
    expect([first.status, late.status]).toEqual(['fulfilled', 'rejected']);
    expect([desk.size, desk.seconds, desk.isFull]).toEqual([2, 1, false]);
    await receive('near-2');
    expect([closed, desk.size, desk.seconds, desk.isFull]).toEqual([['far-2', 'far-1'], 2, 0, true]);
    await expect(second('far-3')).rejects.toThrow('no place for a second path');
    await expect(receive('near-3')).rejects.toThrow('2 listeners already');
  });
});

describe('the places of a node', () => {
  it('are for people online up to a third, and all for receivers', async () => {
    const { desk, listen, receive } = openDesk(9);
    for (const n of [1, 2, 3]) await listen(`person-${n}`);
    await expect(listen('person-4')).rejects.toThrow(/3 people listen online already: raise SFU_MAX_LISTENERS/);
    for (const n of [1, 2, 3, 4, 5, 6]) await receive(`receiver-${n}`);
    expect(desk.isFull).toBe(true);
    await expect(receive('receiver-7')).rejects.toThrow(
      /9 listeners already: go to another one, or raise SFU_MAX_LIST/,
    );
    desk.close('person-1');
    await receive('receiver-7');
  });

  it('do not fill with people who wait to be let in', async () => {
    const { listen, receive } = openDesk(6);
    const people = Array.from({ length: 6 }, (_, n) => listen(`person-${n}`));
    const [receiver, ...rest] = await Promise.allSettled([receive('receiver'), ...people]);
    expect(receiver.status).toBe('fulfilled');
    expect(rest.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  });

  it('people who listen to the same get on one worker, unless it is busier than others; or nothing more may be written', async () => {
    const { listen, load, wasPreferred } = openDesk(600);
    await listen('first', 'ward-0');
    expect(wasPreferred()).toBe(false);
    await listen('second', 'ward-0');
    expect(wasPreferred()).toBe(true);
    load(600);
    await listen('third', 'ward-0');
    expect(wasPreferred()).toBe(false);
    for (let n = 1; n < MAX_OUTPUT_STREAMS; n++) await listen(`other-${n}`, `ward-${n % 64}`, n < 64 ? 111 : 109);
    await listen('fourth', 'ward-0');
    expect(wasPreferred()).toBe(true);
  });

  it('come back with those who leave, with what was written for them', async () => {
    const { desk, outputs, closed, listen } = openDesk(3);
    for (let n = 0; n < 5; n++) {
      await listen(`person-${n}`);
      expect(outputs.streams).toBe(1);
      desk.close(`person-${n}`);
    }
    expect([desk.size, outputs.streams, [...outputs.zones], closed.length]).toEqual([0, 0, [], 5]);
  });

  it('are not taken by one whose transport closed while it was opened', async () => {
    let closing = true;
    const { desk, closed, outputs, listen } = openDesk(3, (transport) => {
      if (closing) queueMicrotask(() => transport.close());
    });
    await expect(listen('person')).rejects.toThrow('closed while it was opened');
    expect([desk.size, outputs.streams, closed]).toEqual([0, 0, []]);
    closing = false;
    await listen('person');
    expect(desk.size).toBe(1);
  });
});

import { EventEmitter } from 'node:events';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import type { ReceiverId, ZoneId } from '@loa/shared/ids';
import type { ReceiverView } from '@loa/shared/protocol/receivers';
import { reportOf } from '../../../test/support/receiver-report.ts';
import { createZoneBook } from '../zones/zone-book.ts';
import { createLivePicture } from './live-picture.ts';
import { createReceiverHub, type ReceiverNamespace } from './receiver-hub.ts';
import { FORGET_AFTER_MS } from './receiver-roster.ts';

const NOW = 100 * 24 * 3_600_000;
const CITY = 'city' as ZoneId;
const closing: Array<() => unknown> = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const view = (id: string, kind: ReceiverView['kind'], lastSeenAt: number | null): ReceiverView => ({
  receiverId: id as ReceiverId,
  name: id,
  kind,
  zoneId: CITY,
  online: false,
  lastSeenAt,
  softwareVersion: '',
  volume: 80,
  emergencyVolume: 100,
  muted: false,
  report: null,
});

function setUp(rows: readonly ReceiverView[]) {
  const zone = { id: CITY, parentId: null, kind: 'city', code: '1', name: 'Thành phố' } as const;
  const records = {
    versions: [{ zone: { ...zone, lat: null, lng: null, population: null }, validFrom: 0, validTo: null }],
    successions: [],
  };
  const book = createZoneBook(records, NOW);
  const picture = createLivePicture(book.current, () => NOW);
  const removed: string[] = [];
  const stored = { rows: [...rows] };
  const enrolled = () => stored.rows.map((each) => ({ view: each, home: { zoneId: CITY, askedZone: null } }));
  /** What other nodes say. */
  const elsewhere = new Map<ReceiverId, ReceiverView>();
  const namespace = Object.assign(new EventEmitter(), { use: () => undefined });
  const hub = createReceiverHub(namespace as unknown as ReceiverNamespace, {
    picture,
    book,
    receivers: {
      readAll: () => Promise.resolve(enrolled()),
      find: () => Promise.resolve(null),
      save: () => Promise.resolve(),
      saveAll: () => Promise.resolve(),
      remove: (id) => Promise.resolve(void removed.push(id)),
    },
    playouts: {} as never,
    peers: { viewOf: (id) => elsewhere.get(id), set: () => Promise.reject(new Error('not asked')) },
    news: { receiver: () => undefined, receiverLeft: () => undefined, receiverRemoved: () => undefined },
    nodes: { otherDoors: () => [], refusal: () => null },
    accessToken: '',
    delays: { orderFor: () => ({ playoutDelayMs: 60, delayMove: null }), concerns: () => true },
    publicUrl: () => '',
    onRows: () => undefined,
    serverNow: () => NOW,
    clockAnswer: () => NOW,
    log: pino({ level: 'silent' }),
  });
  closing.push(
    () => hub.close(),
    () => picture.close(),
  );
  hub.enrol(enrolled());
  /** A receiver's connection; answers what it is asked to send. */
  const connect = () => {
    let onAny: (...args: unknown[]) => void = () => undefined;
    const listen = (listener: typeof onAny) => void (onAny = listener);
    const socket = Object.assign(new EventEmitter(), {
      connected: true,
      data: {},
      onAny: listen,
      disconnect: () => null,
    });
    namespace.emit('connection', socket);
    closing.push(() => socket.emit('disconnect'));
    return (event: string, message: unknown) => new Promise((resolve) => onAny(event, message, resolve));
  };
  return {
    hub,
    elsewhere,
    stored,
    removed,
    picture,
    connect,
    shown: () => [...picture.receivers].map(({ receiverId }) => receiverId),
  };
}

const LONG_AGO = NOW - FORGET_AFTER_MS - 1;

describe('receivers that are gone', () => {
  it('pages and load tests are forgotten after a month; devices are missed until staff removes them', async () => {
    const { hub, removed, shown } = setUp([
      view('old-page', 'browser', LONG_AGO),
      view('old-load', 'fleet', LONG_AGO),
      view('page', 'browser', LONG_AGO + 2),
      view('new-page', 'browser', null),
      view('old-speaker', 'loudspeaker', LONG_AGO),
      view('old-bridge', 'bridge', LONG_AGO),
    ]);
    hub.forgetGone();
    expect(shown()).toEqual(['page', 'new-page', 'old-speaker', 'old-bridge']);
    await hub.close();
    expect(removed).toEqual(['old-page', 'old-load']);
  });

  it('one that is online is not removed, and the answer names it', async () => {
    const { hub, shown } = setUp([{ ...view('a', 'loudspeaker', 1), online: true }]);
    const refusal = { code: 'conflict', field: 'receiverId' };
    await expect(hub.remove('a' as ReceiverId)).rejects.toMatchObject(refusal);
    expect(shown()).toEqual(['a']);
  });

  it('who was removed in the database, by another door say, is not shown any more', async () => {
    const { hub, stored, removed, shown } = setUp([view('a', 'loudspeaker', 1), view('b', 'loudspeaker', 1)]);
    stored.rows.shift();
    expect(await hub.followRows()).toBe(true);
    expect(shown()).toEqual(['b']);
    expect(removed).toEqual([]);
  });
});

describe('a receiver that registers again', () => {
  const registration = { receiverId: 'a', name: 'a', kind: 'loudspeaker', zone: CITY, softwareVersion: '1' };
  const report = reportOf([{ tag: 7, rank: 80, role: 'main', firstSoundAt: NOW }], NOW);

  it('over the same connection, because it was moved, goes on sounding; over another one it has not said anything yet', async () => {
    const { connect, picture } = setUp([]);
    const reported = () => picture.receiverById('a' as ReceiverId)?.report?.sounding.length ?? null;
    const first = connect();
    expect(await first('receiver:register', registration)).toMatchObject({ ok: true });
    expect(reported()).toBeNull();
    expect(await first('receiver:report', report)).toMatchObject({ ok: true });
    await first('receiver:register', registration);
    expect(reported()).toBe(1);
    await connect()('receiver:register', registration);
    expect(reported()).toBeNull();
  });
});

import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ReceiverId, ZoneId } from '@loa/shared/ids';
import type { ReceiverView } from '@loa/shared/protocol/receivers';
import type { SavedReceiver } from '../repositories/receiver-repository.ts';
import { createReceiverShelf } from './receiver-shelf.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const ID = 'site-1' as ReceiverId;
const HOME = { zoneId: 'ward-1' as ZoneId, askedZone: 'ward-1' };
const view = (receiverId: string, volume: number) =>
  ({ receiverId, volume, zoneId: 'ward-1' }) as unknown as ReceiverView;

function setUp() {
  const database = { up: true, poison: '', together: 0, rows: new Map<string, string>() };
  const shown = new Map<string, ReceiverView>();
  const check = (id: string) => {
    if (!database.up) throw new Error('Connection terminated unexpectedly');
    if (id === database.poison) throw Object.assign(new Error('no such zone'), { code: 'P2003' });
  };
  /** All of them or none, as a statement does. */
  const put = (saved: readonly SavedReceiver[]) => {
    for (const { view: one } of saved) check(one.receiverId);
    for (const { view: one, home, moved } of saved)
      database.rows.set(one.receiverId, `${one.volume}${moved ? ` in ${home.zoneId}` : ''}`);
  };
  const shelf = createReceiverShelf(
    {
      readAll: () => Promise.resolve([]),
      find: () => Promise.resolve(null),
      async save(saved) {
        await Promise.resolve();
        put([saved]);
      },
      async saveAll(saved) {
        await Promise.resolve();
        database.together += 1;
        put(saved);
      },
      async remove(id) {
        await Promise.resolve();
        check(id);
        database.rows.set(id, 'removed');
      },
    },
    (id) => shown.get(id),
    pino({ level: 'silent' }),
  );
  const show = (id: string, volume: number) => {
    shown.set(id, view(id, volume));
    return id as ReceiverId;
  };
  /** What is gathered is stored. */
  const settle = async () => {
    const settled = shelf.settled();
    await vi.advanceTimersByTimeAsync(100);
    await settled;
  };
  return { database, shelf, show, shown, settle };
}

describe('the shelf of receivers', () => {
  it('stores what is shown at last, as soon as the database is back, with its home', async () => {
    const { database, shelf, show, settle } = setUp();
    database.up = false;
    shelf.save(show(ID, 10), HOME);
    shelf.save(show(ID, 20));
    await settle();
    expect([shelf.isUnsaved(ID), database.rows.size]).toEqual([true, 0]);
    expect(await shelf.readRows()).toBeNull();
    database.up = true;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(database.rows.get(ID)).toBe('20 in ward-1');
    expect(shelf.isUnsaved(ID)).toBe(false);
    expect(await shelf.readRows()).toEqual([]);
    shelf.save(show(ID, 30), HOME);
    await settle();
    expect(database.rows.get(ID)).toBe('30');
  });

  it('a change made while the one before is being stored is not lost', async () => {
    const { database, shelf, show, settle } = setUp();
    shelf.save(show(ID, 10), HOME);
    vi.advanceTimersByTime(100);
    shelf.save(show(ID, 20));
    await settle();
    expect(database.rows.get(ID)).toMatch(/^20/);
    expect(shelf.isUnsaved(ID)).toBe(false);
  });

  it('one that can never be stored does not keep the others from it', async () => {
    const { database, shelf, show, settle } = setUp();
    database.poison = ID;
    shelf.save(show(ID, 10), HOME);
    shelf.save(show('site-2', 20));
    await settle();
    expect([...database.rows]).toEqual([['site-2', '20']]);
  });

  it('a removal is stored like everything else, and undone by who registers again', async () => {
    const { database, shelf, show, shown, settle } = setUp();
    shelf.save(show(ID, 10), HOME);
    await settle();
    database.up = false;
    shown.delete(ID);
    shelf.remove(ID);
    await settle();
    expect(await shelf.readRows()).toBeNull();
    database.up = true;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(database.rows.get(ID)).toBe('removed');
    shelf.save(show(ID, 40), HOME);
    await settle();
    expect(database.rows.get(ID)).toBe('40 in ward-1');
  });

  it('F51: many that come back at once are stored together', async () => {
    const { database, shelf, show, settle } = setUp();
    for (let n = 0; n < 90; n++) shelf.save(show(`site-${n}`, n), HOME);
    await settle();
    expect([database.rows.size, database.together]).toEqual([90, 1]);
    expect(database.rows.get('site-7')).toBe('7 in ward-1');
  });

  it('who waits for what is being gathered goes on when the shelf is closed, and so does it', async () => {
    const { database, shelf, show } = setUp();
    shelf.save(show(ID, 10), HOME);
    const settled = shelf.settled();
    await shelf.close(1_000);
    await settled;
    expect(database.rows.get(ID)).toBe('10 in ward-1');
  });
});

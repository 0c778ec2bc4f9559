import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BroadcastEvent, type LoggedEvent, loggedEventSchema } from '@loa/shared/broadcasts/events';
import { hashEvent } from '../src/pump/log/event-hash.ts';
import type { EventLog, LogHead } from '../src/pump/log/event-log.ts';

export interface EventLogUnderTest {
  readonly log: EventLog;
  close(): Promise<void>;
}

const AT = 1_700_000_000_000;

const ended = (id: string): BroadcastEvent => ({
  type: 'broadcast-ended',
  broadcastId: id as never,
  reason: 'stopped',
  by: { id: 'p', name: 'Phường 1' },
  detail: null,
});

/** What every event log keeps, however it does it. `open` begins a log that goes on from `start`. */
export function testEventLog(name: string, open: (start: LogHead) => Promise<EventLogUnderTest>): void {
  describe(`event log: ${name}`, () => {
    const START: LogHead = { version: 41, hash: 'f'.repeat(64) };
    let under: EventLogUnderTest;
    let log: EventLog;
    beforeEach(async () => {
      under = await open(START);
      log = under.log;
    });
    afterEach(() => under.close());

    const append = async (...ids: string[]): Promise<LoggedEvent[]> => {
      const result = await log.append(log.head.version, ids.map(ended), AT);
      if (!result.ok) throw new Error(`not appended: ${JSON.stringify(result.error)}`);
      return result.value;
    };

    it('goes on from where the one before it ended', async () => {
      expect(log.head).toEqual(START);
      expect((await append('a'))[0]).toMatchObject({ version: 42, prevHash: START.hash, at: AT });
    });

    it('EL1: numbers without a gap and carries the hash of the predecessor in each event', async () => {
      const events = [...(await append('a', 'b')), ...(await append('c'))];
      expect(events.map(({ version }) => version)).toEqual([42, 43, 44]);
      let prevHash = START.hash;
      for (const { version, at, event, ...hashes } of events) {
        expect(hashes).toEqual({ prevHash, hash: hashEvent(prevHash, version, at, event) });
        prevHash = hashes.hash;
      }
      expect(log.head).toEqual({ version: 44, hash: prevHash });
      for (const entry of events) expect(loggedEventSchema.parse(entry)).toEqual(entry);
    });

    it('EL1: appends all or nothing, and only on the expected version', async () => {
      await append('a');
      const late = await log.append(START.version, [ended('b'), ended('c')], AT);
      expect(late).toEqual({ ok: false, error: { code: 'conflict', version: 42 } });
      expect((await log.readAfter(START.version, 10)).map(({ event }) => event.broadcastId)).toEqual(['a']);
    });

    it('of appends at the same time exactly one is first', async () => {
      const results = await Promise.all(['a', 'b', 'c'].map((id) => log.append(START.version, [ended(id)], AT)));
      expect(results.filter(({ ok }) => ok)).toHaveLength(1);
      expect(log.head.version).toBe(42);
    });

    it('nothing to append changes nothing', async () => {
      expect(await log.append(START.version, [], AT)).toEqual({ ok: true, value: [] });
      expect(log.head).toEqual(START);
    });

    it('is read in parts, oldest first', async () => {
      await append('a', 'b', 'c', 'd');
      expect((await log.readAfter(42, 2)).map(({ version }) => version)).toEqual([43, 44]);
      expect((await log.readAfter(44, 2)).map(({ version }) => version)).toEqual([45]);
      expect(await log.readAfter(45, 2)).toEqual([]);
    });

    it('tells its subscribers everything once, in order, before the append is answered, until they leave', async () => {
      const seen: number[][] = [[], []];
      const leave = seen.map((list) => log.subscribe((events) => list.push(...events.map(({ version }) => version))));
      await append('a', 'b');
      leave[1]?.();
      await append('c');
      expect(seen).toEqual([
        [42, 43, 44],
        [42, 43],
      ]);
    });

    it('may forget what is stored elsewhere, and never forgets more', async () => {
      await append('a', 'b', 'c');
      log.forgetUpTo(43);
      expect((await log.readAfter(0, 10)).map(({ version }) => version)).toEqual([44]);
      expect((await append('d'))[0]?.version).toBe(45);
    });
  });
}

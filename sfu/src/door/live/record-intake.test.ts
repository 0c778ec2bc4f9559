import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { BroadcastId, ReceiverId } from '@loa/shared/ids';
import { MAX_TAG } from '@loa/shared/protocol/csrc';
import { receivedRecordsSchema } from '@loa/shared/protocol/receivers';
import { createRecordIntake } from './record-intake.ts';

const RECEIVER = 'site-1' as ReceiverId;

function setUp(
  fail: (id: string) => unknown = () => null,
  databaseAnswers: Promise<null> | null = null,
  untilEnrolled = () => Promise.resolve(true),
) {
  const rows: string[] = [];
  const takeRecords = createRecordIntake({
    picture: { broadcastIdOfTag: (tag) => (tag === 5 ? ('b-5' as BroadcastId) : undefined) },
    book: { pathText: () => 'Thành phố' },
    playouts: {
      findBroadcastId: () => Promise.resolve(null),
      async store({ id }) {
        await databaseAnswers;
        const failure = fail(id);
        if (failure instanceof Error) throw failure;
        if (failure === false) return false;
        rows.push(id);
        return true;
      },
    },
    untilEnrolled,
    log: pino({ level: 'silent' }),
  });
  /** As the door does it: the message is checked first. */
  const send = (records: object[]) => takeRecords(RECEIVER, receivedRecordsSchema.parse({ records }).records);
  return { rows, send };
}

const id = (name: string) => `record-0123456-${name}`;
const record = (name: string, change: object = {}) => ({
  id: id(name),
  receiverId: RECEIVER,
  tag: 5,
  rank: 76,
  zoneId: 'ward-1',
  firstSoundAt: 1_000,
  lastSoundAt: 2_000,
  renderedMs: 1_000,
  lostPackets: 0,
  concealedMs: 0,
  levelDbfs: -20,
  final: true,
  ...change,
});

describe('playout records', () => {
  it.each<[string, object]>([
    ['an instant that no date reaches', { firstSoundAt: 9e15 }],
    ['a tag that no packet carries', { tag: MAX_TAG + 1 }],
    ['a tag beyond 32 bits', { tag: 2_200_000_000 }],
    ['a count beyond 32 bits', { lostPackets: 3e9 }],
    ['a duration beyond 32 bits', { renderedMs: 1e12 }],
    ['no zone', { zoneId: undefined }],
    ['another receiver', { receiverId: 'site-2' }],
  ])('one with %s is dropped, and those around it are stored', async (_, change) => {
    const { rows, send } = setUp();
    const answer = await send([record('before'), record('poison', change), record('after')]);
    expect(answer).toEqual({ stored: ['before', 'poison', 'after'].map(id), unstorable: [id('poison')] });
    expect(rows).toEqual([id('before'), id('after')]);
  });

  it.each<[string, unknown]>([
    ['never takes', false],
    ['does not understand', Object.assign(new Error('Invalid value'), { name: 'PrismaClientValidationError' })],
  ])('one that the database %s is dropped as well', async (_, failure) => {
    const { rows, send } = setUp((each) => (each === id('poison') ? failure : null));
    expect(await send([record('poison'), record('after')])).toMatchObject({ unstorable: [id('poison')] });
    expect(rows).toEqual([id('after')]);
  });

  it('are asked for again while the database is away', async () => {
    const { send } = setUp(() => new Error('Connection terminated unexpectedly'));
    await expect(send([record('good')])).rejects.toThrow('Connection terminated');
  });

  it('of one receiver are stored one message after the other: what comes meanwhile is refused, not piled up', async () => {
    const database = Promise.withResolvers<null>();
    const { rows, send } = setUp(() => null, database.promise);
    const first = send([record('a')]);
    await expect(send([record('a'), record('b')])).rejects.toMatchObject({ code: 'unavailable' });
    database.resolve(null);
    expect(await first).toMatchObject({ stored: [id('a')] });
    expect(await send([record('b')])).toMatchObject({ stored: [id('b')] });
    expect(rows).toEqual([id('a'), id('b')]);
  });

  it('are taken again after a message that failed', async () => {
    let away = true;
    const { send } = setUp(() => (away ? new Error('Connection terminated') : null));
    await expect(send([record('a')])).rejects.toThrow();
    away = false;
    expect(await send([record('a')])).toMatchObject({ stored: [id('a')] });
  });

  it('of a receiver that the database does not have yet are asked for again', async () => {
    const { rows, send } = setUp(
      () => null,
      null,
      () => Promise.resolve(false),
    );
    await expect(send([record('a')])).rejects.toMatchObject({ code: 'unavailable' });
    expect(rows).toEqual([]);
  });

  it('a message whose records cannot be acknowledged is none', () => {
    for (const records of [[], [{ id: 'short' }], [record('a'), {}], Array.from({ length: 51 }, () => record('a'))])
      expect(receivedRecordsSchema.safeParse({ records }).success).toBe(false);
  });
});

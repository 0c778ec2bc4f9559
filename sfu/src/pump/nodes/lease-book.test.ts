import { describe, expect, it } from 'vitest';
import {
  ASK_LATER_MS,
  createLeaseBook,
  LEASE_TTL_MS,
  STOOD_STILL_MS,
  TAKE_BACK_AFTER_MS,
  UNANSWERED_AFTER_MS,
  VACANT_AFTER_MS,
} from './lease-book.ts';

/** When it is asked what is to be asked for; only LS21 goes by it. */
const ASKED = 0;
const only = (...names: string[]) => new Set(names);
const NONE = only();

describe('LS21, LS22: whoever has begun a programme plays it', () => {
  it('others ask for a programme that plays already a while later, and do not take it for theirs meanwhile', () => {
    const book = createLeaseBook();
    book.want(only('a', 'b'), 1_000, NONE, { later: only('b', 'c') });
    expect(book.asked(1_000)).toEqual(only('a'));
    book.note({ askedAt: 1_400, held: only('a'), taken: only('a') });
    expect([book.keeps('b'), book.isUnanswered('b', 1_000 + ASK_LATER_MS)]).toEqual([false, false]);
    book.want(only('a', 'b'), 1_500, NONE, { later: only('b') });
    expect(book.asked(999 + ASK_LATER_MS)).toEqual(only('a'));
    expect(book.asked(1_000 + ASK_LATER_MS)).toEqual(only('a', 'b'));
  });

  it('what this node has begun on its own is as good as held at once, until Redis says whose it is', () => {
    const book = createLeaseBook();
    book.want(only('a', 'b'), 1_000, NONE, { own: only('a') });
    expect(['a', 'b'].map((name) => book.isUnanswered(name, 1_000))).toEqual([true, false]);
    book.note({ askedAt: 5_000, held: NONE, taken: only('a') });
    expect([book.keeps('a'), book.isUnanswered('a', 9_000)]).toEqual([false, false]);
  });
});

describe('LS23: a lease that was another node’s', () => {
  it('is known as such as long as it is wanted, and no other is', () => {
    const book = createLeaseBook();
    book.want(only('a', 'b'), 0);
    book.note({ askedAt: 0, held: only('b'), taken: only('a', 'b') });
    book.note({ askedAt: 2_000, held: only('a', 'b'), taken: only('a', 'b') });
    expect([book.wasElsewhere('a'), book.wasElsewhere('b')]).toEqual([true, false]);
    book.want(only('b'), 2_100);
    book.want(only('a', 'b'), 2_200);
    expect(book.wasElsewhere('a')).toBe(false);
  });

  it('also one that is only looked at for a while (LS21)', () => {
    const book = createLeaseBook();
    book.want(only('a'), 0, NONE, { later: only('a') });
    book.note({ askedAt: 100, held: NONE, taken: only('a') });
    expect(book.wasElsewhere('a')).toBe(true);
  });
});

describe('LS1: a lease is held no longer than Redis promised', () => {
  it('from when it was asked for, and only until shortly before it runs out', () => {
    const book = createLeaseBook();
    book.want(only('a'), 0);
    expect(book.holds('a', 0)).toBe(false);
    book.note({ askedAt: 1_000, held: only('a'), taken: NONE });
    expect(book.holds('a', 1_000)).toBe(true);
    expect(book.holds('a', 1_000 + LEASE_TTL_MS - 200)).toBe(true);
    expect(book.holds('a', 1_000 + LEASE_TTL_MS - 100)).toBe(false);
  });

  it('each renewal counts from its own question; a process that slept holds nothing when it wakes up', () => {
    const book = createLeaseBook();
    book.want(only('a'), 0);
    book.note({ askedAt: 0, held: only('a'), taken: NONE });
    book.note({ askedAt: 500, held: only('a'), taken: NONE });
    expect(book.holds('a', LEASE_TTL_MS)).toBe(true);
    expect(book.holds('a', 500 + LEASE_TTL_MS)).toBe(false);
  });

  it('it is gone at once when another node has it, or when it is not wanted any more', () => {
    const book = createLeaseBook();
    book.want(only('a', 'b'), 0);
    book.note({ askedAt: 0, held: only('a', 'b'), taken: NONE });
    book.note({ askedAt: 100, held: only('b'), taken: NONE });
    expect(book.holds('a', 100)).toBe(false);
    book.want(NONE, 0);
    expect(book.holds('b', 100)).toBe(false);
  });
});

describe('ND14: a lease that is offered', () => {
  it('is kept until another node holds it, and not asked for any more', () => {
    const book = createLeaseBook();
    book.want(only('a', 'b'), 0);
    book.note({ askedAt: 0, held: only('a', 'b'), taken: only('a', 'b') });
    book.want(only('a', 'b'), 100, only('a'));
    expect(book.asked(ASKED)).toEqual(only('b'));
    book.note({ askedAt: 500, held: only('b'), taken: only('b') });
    expect([book.keeps('a'), book.keeps('b')]).toEqual([true, true]);
    book.note({ askedAt: 900, held: only('b'), taken: only('a', 'b') });
    expect([book.keeps('a'), book.asked(ASKED).has('a')]).toEqual([false, false]);
    book.note({ askedAt: 60_000, held: only('b'), taken: only('a', 'b') });
    expect(book.asked(ASKED).has('a')).toBe(false);
  });

  it('is taken back when nobody takes it, and is not offered again', () => {
    const book = createLeaseBook();
    book.want(only('a'), 0);
    book.note({ askedAt: 0, held: only('a'), taken: only('a') });
    book.want(only('a'), 0, only('a'));
    book.note({ askedAt: TAKE_BACK_AFTER_MS - 1, held: NONE, taken: NONE });
    expect(book.asked(ASKED).has('a')).toBe(false);
    book.note({ askedAt: TAKE_BACK_AFTER_MS, held: NONE, taken: NONE });
    expect([book.keeps('a'), book.asked(ASKED).has('a')]).toEqual([true, true]);
    book.want(only('a'), TAKE_BACK_AFTER_MS, only('a'));
    expect(book.asked(ASKED).has('a')).toBe(true);
  });

  it('is one that is held: another is asked for first, so that it is played until somebody else takes it', () => {
    const book = createLeaseBook();
    book.want(only('a'), 0, only('a'));
    expect(book.asked(ASKED)).toEqual(only('a'));
    book.note({ askedAt: 0, held: only('a'), taken: only('a') });
    book.want(only('a'), 100, only('a'));
    expect([book.keeps('a'), book.asked(ASKED).has('a')]).toEqual([true, false]);
    book.note({ askedAt: 500, held: NONE, taken: only('a') });
    expect([book.keeps('a'), book.asked(ASKED).has('a')]).toEqual([false, false]);
    book.want(only('a'), 600);
    expect(book.asked(ASKED).has('a')).toBe(true);
  });
});

describe('ND60: who stood still', () => {
  const awakeWith = (...names: string[]) => {
    const book = createLeaseBook();
    book.want(only(...names), 0);
    book.note({ askedAt: 0, held: only(...names), taken: only(...names) });
    expect(book.wake(0)).toBe(false);
    return book;
  };

  it('keeps nothing that ran out meanwhile, until Redis says so again', () => {
    const book = awakeWith('a', 'b');
    expect(book.wake(LEASE_TTL_MS + 500)).toBe(true);
    expect(['a', 'b'].map((name) => book.keeps(name))).toEqual([false, false]);
    // The answer to a question from before tells nothing of now.
    expect(book.isUnanswered('a', LEASE_TTL_MS + 500)).toBe(false);
    book.note({ askedAt: LEASE_TTL_MS + 501, held: only('b'), taken: only('a', 'b') });
    expect(['a', 'b'].map((name) => book.keeps(name))).toEqual([false, true]);
  });

  it('LS5: goes on when nobody can be asked after all', () => {
    const book = awakeWith('a');
    const wokeAt = 10 * LEASE_TTL_MS;
    book.wake(wokeAt);
    expect(book.isUnanswered('a', wokeAt + UNANSWERED_AFTER_MS - 1)).toBe(false);
    expect(book.isUnanswered('a', wokeAt + UNANSWERED_AFTER_MS)).toBe(true);
    // Once more: the patience begins anew.
    expect(book.wake(2 * wokeAt)).toBe(true);
    expect(book.isUnanswered('a', 2 * wokeAt)).toBe(false);
  });

  it('keeps what did not run out, and LS4: what had run out before a short standstill', () => {
    const book = awakeWith('a');
    expect(book.wake(STOOD_STILL_MS)).toBe(false);
    expect(book.keeps('a')).toBe(true);
    for (let at = STOOD_STILL_MS; at <= 2 * LEASE_TTL_MS; at += 100) expect(book.wake(at)).toBe(false);
    expect(book.wake(2 * LEASE_TTL_MS + STOOD_STILL_MS)).toBe(false);
    expect(book.keeps('a')).toBe(true);
    expect(book.wake(10 * LEASE_TTL_MS)).toBe(true);
    expect(book.keeps('a')).toBe(false);
  });

  it('ND14: has offered nothing any more', () => {
    const book = awakeWith('a');
    book.want(only('a'), 0, only('a'));
    book.wake(10 * LEASE_TTL_MS);
    expect(book.asked(ASKED)).toEqual(only('a'));
  });
});

describe('figures of leases', () => {
  it('tell how many are kept, since when, and how old the least certain of them is', () => {
    const book = createLeaseBook();
    expect(book.figures(0)).toEqual({ held: 0, oldestMs: null, unconfirmedMs: null });
    book.want(only('a', 'b'), 900);
    book.note({ askedAt: 1_000, held: only('a'), taken: NONE });
    book.note({ askedAt: 1_400, held: only('a', 'b'), taken: NONE });
    expect(book.figures(1_500)).toEqual({ held: 2, oldestMs: 500, unconfirmedMs: 100 });
    // Redis is away: LS4 keeps them, and that they are not confirmed is seen.
    expect(book.figures(11_400)).toEqual({ held: 2, oldestMs: 10_400, unconfirmedMs: 10_000 });
    book.note({ askedAt: 11_400, held: only('b'), taken: only('a') });
    expect(book.figures(11_400)).toEqual({ held: 1, oldestMs: 10_000, unconfirmedMs: 0 });
    book.note({ askedAt: 11_800, held: only('a', 'b'), taken: NONE });
    book.want(only('a'), 11_850);
    expect(book.figures(11_900)).toEqual({ held: 1, oldestMs: 100, unconfirmedMs: 100 });
  });
});

describe('LS4: work that may be done twice but must not stop', () => {
  it('goes on without answers, and ends with the first that names another holder', () => {
    const book = createLeaseBook();
    book.want(only('a'), 0);
    expect(book.keeps('a')).toBe(false);
    book.note({ askedAt: 0, held: only('a'), taken: NONE });
    expect(book.holds('a', 60_000)).toBe(false);
    expect(book.keeps('a')).toBe(true);
    book.note({ askedAt: 60_000, held: NONE, taken: only('a') });
    expect(book.keeps('a')).toBe(false);
  });
});

describe('LS3: a lease without a holder', () => {
  it('is vacant only after it was seen so for long, without a break', () => {
    const book = createLeaseBook();
    book.watch(only('a'));
    let at = 0;
    const see = (taken: ReadonlySet<string>) => book.note({ askedAt: (at += 500), held: NONE, taken });
    for (let n = 0; n < 5; n++) see(NONE);
    expect(book.isVacant('a', at)).toBe(false);
    see(NONE);
    expect(book.isVacant('a', at)).toBe(true);
    see(only('a'));
    expect(book.isVacant('a', at)).toBe(false);
  });

  it('nothing is vacant while nobody can say, and silence does not count', () => {
    const book = createLeaseBook();
    book.watch(only('a'));
    book.note({ askedAt: 0, held: NONE, taken: NONE });
    expect(book.isVacant('a', 10 * VACANT_AFTER_MS)).toBe(false);
    book.note({ askedAt: 10 * VACANT_AFTER_MS, held: NONE, taken: NONE });
    expect(book.isVacant('a', 10 * VACANT_AFTER_MS)).toBe(false);
  });
});

describe('LS5: a lease about which nobody can be asked', () => {
  it('is as good as held after a while, until the first answer', () => {
    const book = createLeaseBook();
    book.want(only('a'), 1_000);
    expect(book.isUnanswered('a', 1_000 + UNANSWERED_AFTER_MS - 1)).toBe(false);
    // An answer to an older question says nothing about it.
    book.note({ askedAt: 900, held: NONE, taken: NONE });
    expect(book.isUnanswered('a', 1_000 + UNANSWERED_AFTER_MS)).toBe(true);
    book.want(only('a', 'b'), 5_000);
    expect(['a', 'b'].map((name) => book.isUnanswered(name, 5_001))).toEqual([true, false]);
    book.note({ askedAt: 5_002, held: only('b'), taken: only('a') });
    expect(['a', 'b'].map((name) => book.isUnanswered(name, 60_000))).toEqual([false, false]);
  });

  it('is not one that was answered once, nor one that is not wanted any more', () => {
    const book = createLeaseBook();
    book.want(only('a', 'b'), 0);
    book.note({ askedAt: 10, held: NONE, taken: only('a', 'b') });
    expect(book.isUnanswered('a', 60_000)).toBe(false);
    book.want(only('c'), 20);
    book.want(NONE, 30);
    expect(book.isUnanswered('c', 60_000)).toBe(false);
  });
});

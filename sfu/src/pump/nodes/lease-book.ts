import type { LeaseFigures } from '../../link/figures.ts';

/** LS1: a lease that is not renewed runs out after this, ms on Redis's clock. */
export const LEASE_TTL_MS = 1_500;
/** LS1: the holder stops this much before Redis gives the lease to another: clocks do not run at quite the same speed. */
const MARGIN_MS = 150;
/** LS5: a wanted lease about which nobody could be asked for this long is as good as held; longer than a call to Redis may take. */
export const UNANSWERED_AFTER_MS = 700;
/** LS3: a lease that nobody has held for this long is said to be without holder: a new one needs time to be taken. */
export const VACANT_AFTER_MS = LEASE_TTL_MS + 1_000;
/** ND60: who has done nothing for this long has missed a renewal; a shorter standstill is a busy moment. */
export const STOOD_STILL_MS = 600;

/** ND14: a lease that was offered and that nobody has taken for this long is taken back: others ask every few hundred ms. */
export const TAKE_BACK_AFTER_MS = 1_500;

/** LS21: so long after it has heard of a programme that plays already a node asks for its lease: whoever has begun it asks first. */
export const ASK_LATER_MS = LEASE_TTL_MS;

/** What is special about leases that are wanted from now on. */
export interface FreshLeases {
  /** LS22: those of programmes that this node has begun on its own: nobody else can want them. */
  readonly own?: ReadonlySet<string>;
  /** LS21: those whose programmes play already. */
  readonly later?: ReadonlySet<string>;
}

export const NO_LEASES: LeaseFigures = Object.freeze({ held: 0, oldestMs: null, unconfirmedMs: null });

/** What one round trip to Redis said; names that were not asked for are absent. */
export interface LeaseAnswer {
  /** Monotonic ms when the question was sent: leases run from then at the latest. */
  readonly askedAt: number;
  readonly held: ReadonlySet<string>;
  /** Watched leases that somebody holds, this node or another. */
  readonly taken: ReadonlySet<string>;
}

/** What this node knows of leases, without any input or output. */
export interface LeaseBook {
  readonly wanted: ReadonlySet<string>;
  readonly watched: ReadonlySet<string>;
  /** Wanted ones to ask for at `now`: not those that are offered to others, nor those that are to be asked for later. */
  asked(now: number): ReadonlySet<string>;
  /**
   * @param offered ND14: those of `names` that another node is to have. What is held of them is kept (LS4) until another one holds it, and is
   * wanted again when nobody takes it; what is not held is asked for first, so that somebody plays it meanwhile.
   */
  want(names: ReadonlySet<string>, now: number, offered?: ReadonlySet<string>, fresh?: FreshLeases): void;
  watch(names: ReadonlySet<string>): void;
  note(answer: LeaseAnswer): void;
  /** LS1: whether this node holds it at `now` (monotonic ms), whatever happened to Redis since. */
  holds(name: string, now: number): boolean;
  /**
   * ND60: this process does something at `now`; to be said often, and before anything is done under a lease. What ran out while it stood still
   * is not kept any more but asked for as if it were new (LS5). True when there was such a lease.
   */
  wake(now: number): boolean;
  /** LS4: whether the last answer said that this node holds it, however long ago that was. */
  keeps(name: string): boolean;
  /** LS5: whether it has been wanted for long, and no answer since has said whose it is. */
  isUnanswered(name: string, now: number): boolean;
  /** LS23: whether another node has held it since this one wants it. */
  wasElsewhere(name: string): boolean;
  /** LS3: whether a watched lease has been without a holder for long. Never true of what was not asked lately. */
  isVacant(name: string, now: number): boolean;
  /** Those that this node keeps, at `now` (monotonic ms). */
  figures(now: number): LeaseFigures;
}

export function createLeaseBook(): LeaseBook {
  let wanted: ReadonlySet<string> = new Set();
  let watched: ReadonlySet<string> = new Set();
  const heldUntil = new Map<string, number>();
  /** When it was taken. */
  const heldSince = new Map<string, number>();
  /** Wanted leases without an answer yet, and since when they are wanted. */
  const unanswered = new Map<string, number>();
  /** Wanted leases that another node was seen to hold. */
  const elsewhere = new Set<string>();
  /** Since when they are offered, and whether they are still: nobody may have wanted them. */
  const offers = new Map<string, { readonly since: number; stands: boolean }>();
  /** Since when it was seen without a holder in every answer. */
  const vacantSince = new Map<string, number>();
  /** LS21: until when they are not asked for. */
  const askedFrom = new Map<string, number>();
  let answeredAt = Number.NEGATIVE_INFINITY;
  let awakeAt = Number.NEGATIVE_INFINITY;

  const holds = (name: string, now: number) => now < (heldUntil.get(name) ?? Number.NEGATIVE_INFINITY);
  const isOffered = (name: string) => offers.get(name)?.stands ?? false;
  const isAsked = (name: string, now: number) => !isOffered(name) && now >= (askedFrom.get(name) ?? now);
  const lose = (name: string) => {
    heldUntil.delete(name);
    heldSince.delete(name);
  };

  return {
    get wanted() {
      return wanted;
    },
    get watched() {
      return watched;
    },
    asked: (now) => new Set([...wanted].filter((name) => isAsked(name, now))),
    want(names, now, offered = new Set(), { own = new Set(), later = new Set() } = {}) {
      for (const name of offers.keys()) if (!offered.has(name) || !names.has(name)) offers.delete(name);
      for (const name of offered) {
        if (!names.has(name) || offers.has(name) || !heldUntil.has(name)) continue;
        offers.set(name, { since: now, stands: true });
      }
      for (const name of names) {
        if (wanted.has(name)) continue;
        unanswered.set(name, own.has(name) ? Number.NEGATIVE_INFINITY : now);
        if (later.has(name)) askedFrom.set(name, now + ASK_LATER_MS);
      }
      for (const name of askedFrom.keys()) if (!names.has(name)) askedFrom.delete(name);
      wanted = new Set(names);
      for (const name of unanswered.keys()) if (!wanted.has(name)) unanswered.delete(name);
      for (const name of elsewhere) if (!wanted.has(name)) elsewhere.delete(name);
      for (const name of heldUntil.keys()) if (!wanted.has(name)) lose(name);
    },
    watch(names) {
      watched = new Set(names);
      for (const name of vacantSince.keys()) if (!watched.has(name)) vacantSince.delete(name);
    },
    note({ askedAt, held, taken }) {
      // LS3: answers that are far apart leave open what was between them.
      if (askedAt - answeredAt > VACANT_AFTER_MS) vacantSince.clear();
      answeredAt = askedAt;
      for (const [name, wantedAt] of unanswered) if (askedAt >= wantedAt) unanswered.delete(name);
      for (const name of wanted) if (taken.has(name) && !held.has(name)) elsewhere.add(name);
      const notAsked = new Set([...wanted].filter((name) => !isAsked(name, askedAt)));
      for (const [name, offer] of offers) {
        if (!offer.stands) continue;
        if (taken.has(name) && !held.has(name)) lose(name);
        else if (!taken.has(name) && askedAt - offer.since >= TAKE_BACK_AFTER_MS) offer.stands = false;
      }
      for (const name of wanted) {
        if (notAsked.has(name)) continue;
        if (!held.has(name)) {
          lose(name);
          continue;
        }
        heldUntil.set(name, askedAt + LEASE_TTL_MS - MARGIN_MS);
        if (!heldSince.has(name)) heldSince.set(name, askedAt);
      }
      for (const name of watched) {
        if (taken.has(name)) vacantSince.delete(name);
        else if (!vacantSince.has(name)) vacantSince.set(name, askedAt);
      }
    },
    holds,
    wake(now) {
      const before = awakeAt;
      awakeAt = now;
      const stoodMs = before === Number.NEGATIVE_INFINITY ? 0 : now - before;
      if (stoodMs < STOOD_STILL_MS) return false;
      const isLong = stoodMs >= LEASE_TTL_MS - MARGIN_MS;
      // What had run out before, because Redis was away, is kept over a moment (LS4), and not over as long as a lease runs.
      const lapsed = [...heldUntil.keys()].filter((name) => !holds(name, now) && (isLong || holds(name, before)));
      for (const name of lapsed) {
        lose(name);
        offers.delete(name);
        unanswered.set(name, now);
      }
      if (isLong) for (const name of unanswered.keys()) unanswered.set(name, now);
      return lapsed.length > 0 || (isLong && unanswered.size > 0);
    },
    keeps: (name) => heldUntil.has(name),
    isUnanswered: (name, now) => now - (unanswered.get(name) ?? Number.POSITIVE_INFINITY) >= UNANSWERED_AFTER_MS,
    wasElsewhere: (name) => elsewhere.has(name),
    isVacant(name, now) {
      const since = vacantSince.get(name);
      return since !== undefined && now - answeredAt <= VACANT_AFTER_MS && answeredAt - since >= VACANT_AFTER_MS;
    },
    figures(now) {
      if (heldUntil.size === 0) return NO_LEASES;
      const confirmedAt = Math.min(...heldUntil.values()) - LEASE_TTL_MS + MARGIN_MS;
      return {
        held: heldUntil.size,
        oldestMs: Math.max(0, now - Math.min(...heldSince.values())),
        unconfirmedMs: Math.max(0, now - confirmedAt),
      };
    },
  };
}

/** A peer that did not answer in time. */
export class NoAnswerError extends Error {
  constructor(who: string, ms: number) {
    super(`no answer from ${who} in ${ms} ms`);
    this.name = 'NoAnswerError';
  }
}

/** The outcome of `work`, or a rejection after `ms`: a silent peer must become an error, not a wait. */
export function within<T>(work: Promise<T>, ms: number, who: string): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const timer = setTimeout(() => reject(new NoAnswerError(who, ms)), ms);
  work.then(resolve, reject).finally(() => clearTimeout(timer));
  return promise;
}

/** How long who asks waits for the database, in ms. */
const DATABASE_WAIT_MS = 5_000;

/** What is read from the database, or a rejection when it is silent. */
export const fromDatabase = <T>(work: Promise<T>): Promise<T> => within(work, DATABASE_WAIT_MS, 'the database');

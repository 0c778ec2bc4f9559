import { describe, expect, it } from 'vitest';
import { toProblemError } from '../problem-error.ts';
import { NoAnswerError } from '../within.ts';
import { isDatabaseAway, isUnstorable } from './database-error.ts';

const prisma = (code: string | undefined, name = 'PrismaClientKnownRequestError', meta?: object) =>
  Object.assign(new Error('Invalid invocation'), { name, code, meta });
const driver = (cause: object) =>
  prisma('P2010', 'PrismaClientKnownRequestError', { driverAdapterError: { name: 'DriverAdapterError', cause } });

describe('what a failed call of the database means', () => {
  it.each<[string, unknown]>([
    ['nobody listens', prisma('P1001')],
    ['no connection to spare', prisma('P2037')],
    ['a raw query that nobody answers', driver({ kind: 'DatabaseNotReachable', host: '127.0.0.1', port: 1 })],
    ['a raw query while it shuts down', driver({ kind: 'postgres', originalCode: '57P01' })],
    ['a connection that breaks', new Error('Connection terminated unexpectedly')],
    ['a connection that is never made', new Error('timeout exceeded when trying to connect')],
    ['silence', new NoAnswerError('the database', 5_000)],
  ])('away: %s', (_, error) => {
    expect(toProblemError(error)).toMatchObject({ code: 'unavailable', status: 503 });
    expect(isUnstorable(error)).toBe(false);
  });

  it.each<[string, unknown]>([
    ['a value that its column does not hold', prisma('P2020')],
    ['a relation that is not there', prisma('P2003')],
    ['a value of the wrong kind', prisma(undefined, 'PrismaClientValidationError')],
  ])('never storable: %s', (_, error) => {
    expect(isUnstorable(error)).toBe(true);
    expect(isDatabaseAway(error)).toBe(false);
    expect(toProblemError(error)).toBeNull();
  });

  it.each<[string, unknown]>([
    ['a bug', new TypeError('x is not a function')],
    ['something else than an error', 'Connection terminated unexpectedly'],
    ['nothing', undefined],
    ['a duplicate', prisma('P2002')],
  ])('neither: %s', (_, error) => {
    expect([isDatabaseAway(error), isUnstorable(error)]).toEqual([false, false]);
  });
});

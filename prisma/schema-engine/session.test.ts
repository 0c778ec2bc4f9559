import { describe, expect, it } from 'vitest';
import type { EngineMethod } from './engine.ts';
import { createSession } from './session.ts';

const open = (methods: Readonly<Record<string, EngineMethod>>) => {
  const written: object[] = [];
  const session = createSession({
    engine: () => Promise.resolve((name) => methods[name] ?? null),
    createDatabase: () => Promise.resolve(),
    write: (message) => written.push(message),
  });
  const send = async (message: object): Promise<object[]> => {
    written.length = 0;
    await session(JSON.stringify(message));
    return [...written];
  };
  return { send };
};

describe('schema engine session', () => {
  it('answers a request with the result of the method, null for nothing', async () => {
    const { send } = open({
      reset: () => Promise.resolve(undefined),
      applyMigrations: (given) => Promise.resolve(given),
    });
    expect(await send({ id: 1, method: 'applyMigrations', params: { a: 1 } })).toEqual([
      { jsonrpc: '2.0', id: 1, result: { a: 1 } },
    ]);
    expect(await send({ id: 2, method: 'reset' })).toEqual([{ jsonrpc: '2.0', id: 2, result: null }]);
  });

  it('prints a diff through the command line and answers with its exit code alone', async () => {
    const { send } = open({ diff: () => Promise.resolve({ exitCode: 2, stdout: 'CREATE TABLE' }) });
    expect(await send({ id: 3, method: 'diff' })).toMatchObject([
      { method: 'print', params: { content: 'CREATE TABLE' } },
      { id: 3, result: { exitCode: 2, stdout: null } },
    ]);
  });

  it("hands an error's Prisma code on", async () => {
    const failure = Object.assign(new Error('no'), { code: 'P3009', meta: { details: 'x' } });
    const { send } = open({ applyMigrations: () => Promise.reject(failure) });
    expect(await send({ id: 4, method: 'applyMigrations' })).toMatchObject([
      { id: 4, error: { code: 4466, data: { error_code: 'P3009', message: 'no', meta: { details: 'x' } } } },
    ]);
  });

  it('answers an unknown method with an error and ignores answers to its own requests', async () => {
    const { send } = open({});
    expect(await send({ id: 5, method: 'unheardOf' })).toMatchObject([
      { error: { data: { message: expect.stringContaining('unheardOf') as string } } },
    ]);
    expect(await send({ id: 'print-1', result: null })).toEqual([]);
  });
});

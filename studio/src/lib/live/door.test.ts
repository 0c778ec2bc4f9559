import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createDoor, toProblem } from './door.ts';

type Asked = { url: string; method: string; authorization: string | null };

/** A door whose answers are given one after the other. */
function aDoor(...answers: readonly Response[]) {
  const asked: Asked[] = [];
  const left = [...answers];
  const fetchFn = (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input, { ...init, signal: null });
    asked.push({ url: request.url, method: request.method, authorization: request.headers.get('authorization') });
    const answer = left.shift();
    return answer ? Promise.resolve(answer) : Promise.reject(new TypeError('no connection'));
  };
  return { door: createDoor('http://door.test', fetchFn), asked };
}

const session = (token: string) => Response.json({ token, studio: true });
const refused = (code: string, status: number) => Response.json({ error: { code, message: 'no' } }, { status });

describe('the door over HTTP', () => {
  test('reading needs no token', async () => {
    const { door, asked } = aDoor(Response.json({ n: 1 }));
    expect(await door.get('/zones', z.object({ n: z.number() }))).toEqual({ ok: true, value: { n: 1 } });
    expect(asked).toEqual([{ url: 'http://door.test/api/v1/zones', method: 'GET', authorization: null }]);
  });

  test('a token that is refused is asked for anew, once', async () => {
    const { door, asked } = aDoor(
      session('old'),
      refused('unauthorized', 401),
      session('new'),
      new Response(null, { status: 204 }),
    );
    expect((await door.send('DELETE', '/segments/1', undefined, z.null())).ok).toBe(true);
    expect(asked.map((one) => one.authorization)).toEqual([null, 'Bearer old', null, 'Bearer new']);
  });

  test('an answer that does not fit the protocol is a problem, not a value', async () => {
    const { door } = aDoor(Response.json({ n: 'one' }));
    expect(await door.get('/zones', z.object({ n: z.number() }))).toMatchObject({
      ok: false,
      error: { code: 'internal' },
    });
  });

  test('no connection is said as such, and is not remembered for the token', async () => {
    const { door } = aDoor();
    expect(await door.token()).toMatchObject({ ok: false, error: { code: 'unavailable' } });
    const second = aDoor(session('t'));
    expect(await second.door.token()).toEqual({ ok: true, value: 't' });
  });

  test('the door’s own code is kept; without one the status speaks', () => {
    expect(toProblem({ error: { code: 'too-long', message: 'x' } }, 400).code).toBe('too-long');
    expect(toProblem('<html>', 413).code).toBe('too-large');
    expect(toProblem(null, 502).code).toBe('unavailable');
    expect(toProblem(null, 418).code).toBe('bad-request');
  });
});

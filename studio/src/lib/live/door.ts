import { problemSchema, type Problem } from '@loa/shared/protocol/errors';
import { err, ok, type Result } from '@loa/shared/result';
import { z } from 'zod';

/** HTTP side of the door, as a page uses it. Every answer is checked against its schema. */
export interface Door {
  readonly url: string;
  /** The access token of this page; asked for once and again after the door refused it. */
  token(options?: { renew: boolean }): Promise<Result<string, Problem>>;
  /** Reading needs no token: the public pages do it too. */
  get<T extends z.ZodType>(path: string, schema: T): Promise<Result<z.output<T>, Problem>>;
  /** Stored audio, encoded. */
  audio(segmentId: string): Promise<Result<ArrayBuffer, Problem>>;
  send<T extends z.ZodType>(
    method: string,
    path: string,
    body: unknown,
    schema: T,
  ): Promise<Result<z.output<T>, Problem>>;
}

const sessionSchema = z.object({ token: z.string().min(1) });
const failureSchema = z.object({ error: problemSchema });
const REQUEST_TIMEOUT_MS = 10_000;

export function createDoor(url: string, fetchFn: typeof fetch = (...args) => fetch(...args)): Door {
  let pendingToken: Promise<Result<string, Problem>> | null = null;

  async function askForToken(): Promise<Result<string, Problem>> {
    const answer = await request(fetchFn, `${url}/api/v1/session`, {}, sessionSchema);
    return answer.ok ? ok(answer.value.token) : answer;
  }

  function token(options = { renew: false }): Promise<Result<string, Problem>> {
    if (pendingToken === null || options.renew) {
      const asked = askForToken().then((answer) => {
        // A failure is not remembered: the next caller asks again.
        if (!answer.ok && pendingToken === asked) pendingToken = null;
        return answer;
      });
      pendingToken = asked;
    }
    return pendingToken;
  }

  async function call<T extends z.ZodType>(method: string, path: string, body: unknown, schema: T) {
    const first = await token();
    const withToken = (value: string): RequestInit => ({
      method,
      headers: {
        authorization: `Bearer ${value}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!first.ok) return first;
    const answer = await request(fetchFn, `${url}/api/v1${path}`, withToken(first.value), schema);
    if (answer.ok || answer.error.code !== 'unauthorized') return answer;
    const second = await token({ renew: true });
    return second.ok ? request(fetchFn, `${url}/api/v1${path}`, withToken(second.value), schema) : second;
  }

  async function audio(segmentId: string): Promise<Result<ArrayBuffer, Problem>> {
    try {
      const response = await fetchFn(audioUrl(url, segmentId), { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
      return response.ok ? ok(await response.arrayBuffer()) : err(toProblem(null, response.status));
    } catch (cause) {
      return err({ code: 'unavailable', message: String(cause) });
    }
  }

  return {
    url,
    token,
    audio,
    get: (path, schema) => request(fetchFn, `${url}/api/v1${path}`, {}, schema),
    send: (method, path, body, schema) => call(method, path, body, schema),
  };
}

export function audioUrl(doorUrl: string, segmentId: string): string {
  return `${doorUrl}/api/v1/segments/${encodeURIComponent(segmentId)}/audio`;
}

async function request<T extends z.ZodType>(
  fetchFn: typeof fetch,
  url: string,
  init: RequestInit,
  schema: T,
): Promise<Result<z.output<T>, Problem>> {
  let response: Response;
  let body: unknown;
  try {
    response = await fetchFn(url, { ...init, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    const text = await response.text();
    body = text === '' ? null : JSON.parse(text);
  } catch (cause) {
    return err({ code: 'unavailable', message: `${url} did not answer: ${String(cause)}` });
  }
  return response.ok ? parseAnswer(body, schema, url) : err(toProblem(body, response.status));
}

export function parseAnswer<T extends z.ZodType>(body: unknown, schema: T, from: string): Result<z.output<T>, Problem> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return ok(parsed.data);
  return err({
    code: 'internal',
    message: `${from} answered something else than the protocol says: ${z.prettifyError(parsed.error)}`,
  });
}

/** The door's own words if it used them, else the closest code for the status. */
export function toProblem(body: unknown, status: number): Problem {
  const parsed = failureSchema.safeParse(body);
  if (parsed.success) return parsed.data.error;
  if (status === 401) return { code: 'unauthorized', message: 'the door wants a token' };
  if (status === 404) return { code: 'not-found', message: 'the door does not know this' };
  if (status === 413) return { code: 'too-large', message: 'the door refused the size' };
  return { code: status >= 500 ? 'unavailable' : 'bad-request', message: `the door answered ${status}` };
}

import type { EngineMethods } from './engine.ts';

/** JSON-RPC code of an error that `data` describes in Prisma's own terms. */
const DESCRIBED_ERROR = 4466;

export interface SessionParts {
  /** Called for every request, so that a failure to connect becomes the answer to it. */
  readonly engine: () => Promise<EngineMethods>;
  readonly createDatabase: () => Promise<void>;
  readonly write: (message: object) => void;
}

interface Request {
  readonly id: unknown;
  readonly method: string;
  readonly params: unknown;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** `null` for the answers to our own `print` requests, which have no method. */
const parseRequest = (line: string): Request | null => {
  const message: unknown = JSON.parse(line);
  if (!isRecord(message) || typeof message['method'] !== 'string') return null;
  return { id: message['id'], method: message['method'], params: message['params'] ?? {} };
};

const describe = (error: unknown): object => {
  const fields = isRecord(error) ? error : {};
  const message = typeof fields['message'] === 'string' ? fields['message'] : String(error);
  return { is_panic: false, message, meta: fields['meta'] ?? null, error_code: fields['code'] ?? null };
};

/** Answers the requests of one JSON-RPC session, given line by line. */
export const createSession = ({ engine, createDatabase, write }: SessionParts): ((line: string) => Promise<void>) => {
  let prints = 0;

  const call = async (name: string, params: unknown): Promise<unknown> => {
    if (name === 'createDatabase') {
      await createDatabase();
      return { databaseName: '' };
    }
    const method = (await engine())(name === 'getDatabaseVersion' ? 'version' : name);
    if (method === null) throw new Error(`the schema engine has no method ${name}`);
    const result = await method(name === 'getDatabaseVersion' ? undefined : params);
    if (name !== 'diff' || !isRecord(result)) return result;
    // The native engine prints a diff by asking the command line to do so.
    const content = result['stdout'];
    if (typeof content === 'string') {
      prints += 1;
      write({ jsonrpc: '2.0', id: `print-${String(prints)}`, method: 'print', params: { content } });
    }
    return { exitCode: result['exitCode'], stdout: null };
  };

  return async (line) => {
    const request = parseRequest(line);
    if (request === null) return;
    const answer = { jsonrpc: '2.0', id: request.id };
    try {
      write({ ...answer, result: (await call(request.method, request.params)) ?? null });
    } catch (error) {
      const message = 'An error happened. Check the data field for details.';
      write({ ...answer, error: { code: DESCRIBED_ERROR, message, data: describe(error) } });
    }
  };
};

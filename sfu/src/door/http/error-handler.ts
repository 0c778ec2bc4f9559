import { randomUUID } from 'node:crypto';
import type { ErrorRequestHandler, Request, RequestHandler } from 'express';
import type { Logger } from 'pino';
import { ProblemError, toProblemError } from '../problem-error.ts';

export const notFound: RequestHandler = (request) => {
  throw new ProblemError(
    'not-found',
    `${request.method} ${request.path.slice(0, 200)}: there is nothing here; see /api/v1/openapi.json`,
  );
};

/** Errors of express and its body parsers carry a status of their own. */
function fromExpress(error: unknown): ProblemError | null {
  const { status } = error as { status?: unknown };
  if (status === 404) return new ProblemError('not-found', 'there is no such file');
  if (status === 413) return new ProblemError('too-large', 'body: larger than this address takes');
  if (status === 415)
    return new ProblemError('unsupported-media-type', 'body: its charset or encoding is not known here');
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new ProblemError('bad-request', 'address or body: could not be read');
  return null;
}

/** What is still read of a request that has been refused. */
const MAX_DRAINED_BYTES = 20_000_000;

/** A client that is still sending reads the answer only afterwards; one that goes on sending for ever is cut off. */
function drain(request: Request): void {
  if (request.complete) return;
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_DRAINED_BYTES) request.destroy();
  });
  request.resume();
}

/** The one place where errors become HTTP: people get code and id, the log gets the rest. */
export function createErrorHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const requestId = randomUUID();
    const known = toProblemError(error) ?? fromExpress(error);
    if (!known || known.cause !== undefined)
      log.error({ err: error, requestId, method: request.method, path: request.path }, 'request failed');
    if (response.headersSent) return next(error);
    drain(request);
    const problem =
      known ?? new ProblemError('internal', 'something went wrong here; it has been logged under this id');
    if (problem.status === 401) response.set('WWW-Authenticate', 'Bearer realm="Loa"');
    response.status(problem.status).json({ error: { ...problem.toProblem(), requestId } });
    return undefined;
  };
}

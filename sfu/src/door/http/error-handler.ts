import { randomUUID } from 'node:crypto';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { Logger } from 'pino';
import { ProblemError, toProblemError } from '../problem-error.ts';

export const notFound: RequestHandler = (request) => {
  throw new ProblemError(
    'not-found',
    `${request.method} ${request.path.slice(0, 200)}: there is nothing here; see /api/v1/openapi.json`,
  );
};

/** Errors of body parsers carry a status and a type of their own. */
function fromBodyParser(error: unknown): ProblemError | null {
  const { status, type } = error as { status?: unknown; type?: unknown };
  if (type === 'entity.too.large') return new ProblemError('too-large', 'body: larger than this address takes');
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new ProblemError('bad-request', 'body: could not be read');
  return null;
}

/** The one place where errors become HTTP: people get code and id, the log gets the rest. */
export function createErrorHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const requestId = randomUUID();
    const known = toProblemError(error) ?? fromBodyParser(error);
    if (!known) log.error({ err: error, requestId, method: request.method, path: request.path }, 'request failed');
    if (response.headersSent) return next(error);
    const problem =
      known ?? new ProblemError('internal', 'something went wrong here; it has been logged under this id');
    response.status(problem.status).json({ error: { ...problem.toProblem(), requestId } });
    return undefined;
  };
}

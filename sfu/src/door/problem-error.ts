import { type ErrorCode, type Problem } from '@loa/shared/protocol/errors';
import type { z } from 'zod';
import { LinkError } from '../link/messages.ts';
import type { SdpProblem } from '../sdp/problem.ts';
import { isDatabaseAway } from './repositories/database-error.ts';
import { NoAnswerError } from './within.ts';

/** The one table from codes to HTTP. */
export const STATUS_OF: Readonly<Record<ErrorCode, number>> = Object.freeze({
  'bad-request': 400,
  'not-found': 404,
  unauthorized: 401,
  forbidden: 403,
  'unsupported-media-type': 415,
  'too-large': 413,
  'too-many-requests': 429,
  conflict: 409,
  'precondition-failed': 412,
  'bad-sdp': 400,
  refused: 409,
  'not-audio': 422,
  'too-long': 422,
  'unreadable-audio': 422,
  'client-too-old': 426,
  'server-too-old': 426,
  unavailable: 503,
  internal: 500,
});

/** A failure that its author is told about: over HTTP with a status, in an acknowledgement with the code. */
export class ProblemError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly field: string | undefined;
  readonly details: unknown;

  /** `cause`: what failed here; only the log is told. */
  constructor(
    code: ErrorCode,
    message: string,
    rest: { field?: string; details?: unknown; status?: number; cause?: unknown } = {},
  ) {
    super(message, rest.cause === undefined ? {} : { cause: rest.cause });
    this.name = 'ProblemError';
    this.code = code;
    this.status = rest.status ?? STATUS_OF[code];
    this.field = rest.field;
    this.details = rest.details;
  }

  toProblem(): Problem {
    return {
      code: this.code,
      message: this.message,
      ...(this.field === undefined ? {} : { field: this.field }),
      ...(this.details === undefined ? {} : { details: this.details }),
    };
  }
}

const LINK_CODES: Readonly<Record<string, ErrorCode>> = {
  unavailable: 'unavailable',
  'not-found': 'not-found',
  conflict: 'conflict',
  'too-many-requests': 'too-many-requests',
  'bad-request': 'bad-request',
};

/** Any error as one that may be shown; null when it is nobody's fault but ours. */
export function toProblemError(error: unknown): ProblemError | null {
  if (error instanceof ProblemError) return error;
  if (error instanceof LinkError) {
    const code = LINK_CODES[error.code];
    return code ? new ProblemError(code, error.message) : null;
  }
  if (error instanceof NoAnswerError || isDatabaseAway(error))
    return new ProblemError(
      'unavailable',
      'the database does not answer; what is live goes on: try again in a moment, see /readyz',
    );
  return null;
}

/** A schema's complaints as one problem that names the first field. */
export function toSchemaProblem(error: z.ZodError): ProblemError {
  const first = error.issues[0];
  const field = first?.path.join('.') ?? '';
  const issues = error.issues.slice(0, 20).map(({ path, message }) => ({ field: path.join('.'), message }));
  return new ProblemError('bad-request', `${field || 'body'}: ${first?.message ?? 'not valid'}`, {
    field,
    details: { issues },
  });
}

export function toSdpProblem(problem: SdpProblem): ProblemError {
  return new ProblemError('bad-sdp', `${problem.field}: ${problem.message}`, {
    field: problem.field,
    ...(problem.unacceptable ? { status: 406 } : {}),
  });
}

/*
 * What a failed call of Prisma means. Its own classes are not asked for: what the driver throws when a connection breaks
 * comes through as a plain `Error`.
 */

/** Prisma's codes for values and relations that the schema does not allow. */
const UNSTORABLE_CODES = new Set(['P2000', 'P2003', 'P2004', 'P2005', 'P2006', 'P2007', 'P2011', 'P2012', 'P2020']);

/** Prisma's codes for a server that cannot be reached, is silent, or has no connection to spare. */
const AWAY_CODES = new Set(['P1000', 'P1001', 'P1002', 'P1003', 'P1008', 'P1011', 'P1017', 'P2024', 'P2034', 'P2037']);
/** The same as the driver names it, which is all that raw queries tell. */
const AWAY_KINDS = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TlsConnectionError',
  'TooManyConnections',
  'DatabaseDoesNotExist',
  'AuthenticationFailed',
]);
/** Classes of PostgreSQL's codes: connection, resources, operator (shut down, starting up), system. */
const AWAY_SQL_CLASSES = new Set(['08', '53', '57', '58']);
const AWAY_WORDS =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection)/;

interface Failure {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly meta?: { readonly driverAdapterError?: { readonly cause?: { kind?: unknown; originalCode?: unknown } } };
}

/** The database will never take this, whatever is tried. */
export function isUnstorable(error: unknown): boolean {
  const { name, code } = (error ?? {}) as Failure;
  return name === 'PrismaClientValidationError' || UNSTORABLE_CODES.has(String(code));
}

/** The database cannot be asked at present; the same may succeed later. */
export function isDatabaseAway(error: unknown): boolean {
  const { code, message, meta } = (error ?? {}) as Failure;
  const cause = meta?.driverAdapterError?.cause;
  return (
    AWAY_CODES.has(String(code)) ||
    AWAY_KINDS.has(String(cause?.kind)) ||
    AWAY_SQL_CLASSES.has(String(cause?.originalCode).slice(0, 2)) ||
    (error instanceof Error && AWAY_WORDS.test(String(message)))
  );
}

import { hostname } from 'node:os';
import { type DestinationStream, type Logger, pino } from 'pino';

export interface LoggerOptions {
  readonly logLevel: string;
  /** As it was set; undefined where nobody gave the nodes names. */
  readonly nodeName: string | undefined;
}

/**
 * The log of a process, in JSON lines. Where nodes have names, each line says of which one it is, because lines of all may be
 * collected in one place.
 */
export function createLogger(
  name: 'pump' | 'door' | 'guard',
  { logLevel, nodeName }: LoggerOptions,
  destination: DestinationStream = pino.destination(1),
): Logger {
  const base = { pid: process.pid, hostname: hostname(), ...(nodeName === undefined ? {} : { node: nodeName }) };
  return pino({ name, level: logLevel, base }, destination);
}
